package recovery

import (
	"math"
	"slices"
	"testing"
)

// A repair is listed, taken or not, if its node had drifted from the original by more than rounding. Its errors are fractions of
// the energy, unless that is zero.
func TestRepairsAreOfNodesThatHadDrifted(t *testing.T) {
	for _, c := range []struct {
		energy, before float64 // of all groups
		want           bool
	}{
		{1, 0.5, true}, {1, 1e-10, false}, {1, drifted, false}, {1, 2 * drifted, true}, {1e6, 1e-4, false}, {1e6, 1e-2, true},
		{1e-12, 1e-13, true}, {1e-12, 1e-22, false}, {0, 1, true}, {0, 0, false},
	} {
		in := halved(t, weighted(t, more["groups with a bias"]))
		in.Feeds = feedsOf(in.Original, 1, 5, 1)
		groups := map[string]int{}
		repairs, err := walk(t.Context(), in, way{columns: maxColumns, group: func(p *problem, g int, _, _ rows) outcome {
			groups[p.Node.Title()] = p.Groups
			n := float64(p.Groups)
			return outcome{energy: c.energy / n, before: c.before / n, after: c.before / n}
		}})
		if err != nil || len(groups) < 2 {
			t.Fatal(groups, err)
		}
		if !c.want {
			if len(repairs) != 0 {
				t.Errorf("%g of %g: %+v", c.before, c.energy, repairs)
			}
			continue
		}
		fraction := c.before
		if c.energy > 0 {
			fraction /= c.energy
		}
		if len(repairs) != len(groups) {
			t.Errorf("%g of %g: %d repairs of %d nodes", c.before, c.energy, len(repairs), len(groups))
		}
		for _, r := range repairs {
			if r.Taken || math.Abs(r.Before-fraction) > 1e-9*fraction || r.After != r.Before {
				t.Errorf("%g of %g: %+v", c.before, c.energy, r)
			}
		}
	}
}

// An outcome always has the energies on the held-out rows. A change is taken if it lowers the error there, and the fit to all rows
// is taken instead if it is at least as good.
func TestOutcomesOfFits(t *testing.T) {
	in := halved(t, weighted(t, networks["matrices"]))
	in.Feeds = feedsOf(in.Original, 3, 10, 1)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
		if p.bounds != nil {
			return
		}
		a, b := outcomeMoments(t, p, g, train), outcomeMoments(t, p, g, held)
		best := fitRidge(a, b)
		if best == nil {
			return
		}
		seen++
		good := best(a)
		half, bad := slices.Clone(good), slices.Repeat([]float64{50}, len(good))
		for i := range half {
			half[i] /= 2
		}
		x, want, have := flattened(t, p, g, held)
		energy, before := slowError(p, x, want, have, nil)
		_, after := slowError(p, x, want, have, good)
		_, halfway := slowError(p, x, want, have, half)
		if !(after < halfway && halfway < before) {
			t.Fatalf("%s: %g, %g, %g", p.Node.Title(), before, halfway, after)
		}
		none := []float64(nil)
		numberless := slices.Repeat([]float64{math.NaN()}, len(good))
		for _, c := range []struct {
			name              string
			learnt, all, want []float64
			after             float64
		}{
			{"good", half, good, good, halfway},
			{"all rows are no better", good, half, good, after},
			{"all rows are as good", good, good, good, after},
			{"all rows are nothing", good, none, good, after},
			{"all rows are no numbers", good, numberless, good, after},
			{"bad", bad, good, none, before},
			{"nothing", none, good, none, before},
			{"no numbers", numberless, good, none, before},
			{"no change", make([]float64, len(good)), good, none, before},
		} {
			o := fit(func(_, _ *moments) fitted {
				calls := 0
				return func(*moments) []float64 {
					if calls++; calls == 1 {
						return c.learnt
					}
					return c.all
				}
			}).group(p, g, train, held)
			if o.err != nil || math.Abs(o.energy-energy) > 1e-9*energy || math.Abs(o.before-before) > 1e-6*energy || math.Abs(o.after-c.after) > 1e-6*energy {
				t.Errorf("%s, %s: %g, %g, %g (%v), want %g, %g, %g", p.Node.Title(), c.name, o.energy, o.before, o.after, o.err, energy, before, c.after)
			}
			if !slices.Equal(o.change, c.want) {
				t.Errorf("%s, %s: another change", p.Node.Title(), c.name)
			}
		}
		o := fit(func(_, _ *moments) fitted { return nil }).group(p, g, train, held)
		if o.err != nil || o.change != nil || o.energy != b.energy || o.before != b.square || o.after != b.square {
			t.Errorf("%s, no fit: %+v", p.Node.Title(), o)
		}
		// No fit is asked for if the rows already agree with the original.
		for _, where := range []string{"nowhere", "to learn from", "held out"} {
			asked := false
			q := *p
			other, hold := train.anew(), held.anew()
			choose := fit(func(_, _ *moments) fitted { asked = true; return nil })
			settled := func(r rows) {
				_ = q.visit(g, r, func(s *slab) { copy(s.have, s.want) })
			}
			if where != "to learn from" {
				settled(other)
			}
			if where != "held out" {
				settled(hold)
			}
			o := choose.group(&q, g, other, hold)
			if asked != (where != "nowhere") || o.err != nil || o.before != o.after || (o.before > 0) != (where == "held out") || !(o.energy > 0) {
				t.Errorf("%s, off %s: asked %v, %+v", p.Node.Title(), where, asked, o)
			}
		}
	})
	if seen == 0 {
		t.Error("no node has a fit")
	}
}
