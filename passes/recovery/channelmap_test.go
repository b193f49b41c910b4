package recovery

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/linear"
)

// A map of channels in front of the original's weights is one set of weights: for any input, what they give is what the original's
// weights give of what the map makes of it, whatever plane or kernel lies behind each channel.
func TestAMapOfChannelsInFrontOfTheWeights(t *testing.T) {
	runs := map[string]int{"planes": 16, "residual": 1}
	for name, text := range map[string]string{"planes": planes, "residual": networks["residual"], "matrices": networks["matrices"]} {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 2, 3, 1)
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			o := p.full
			if p.Operand != 0 || o.Groups != 1 {
				return
			}
			run := p.run(o)
			label := name + ", " + p.Node.Title()
			kept := p.keptChannels(o.X(), o.In, o.Cols/o.Taps/run, run)
			from, to := p.Cols/p.Taps/run, o.Cols/o.Taps/run
			if p.Node.Op == "Gemm" && name == "planes" && (run != 16 || from != 4 || to != 8 || !slices.Equal(kept, []int{4, 5, 6, 7})) {
				t.Errorf("%s: %d positions behind each of %d channels of %d, %v kept", label, run, from, to, kept)
			}
			if want, known := runs[name]; known && p.Node.Op == "Conv" && want == 1 && run != 1 {
				t.Errorf("%s: %d positions behind a channel", label, run)
			}
			if len(kept) != from {
				t.Errorf("%s: %d channels kept, %d there", label, len(kept), from)
				return
			}
			// Positions that are kept are those of the channels that are kept.
			if positions := in.Analysis.Kept(in.Plan, o.X(), o.In); positions != nil {
				var all []int
				for _, c := range kept {
					for i := range run {
						all = append(all, c*run+i)
					}
				}
				if !slices.Equal(all, positions) {
					t.Errorf("%s: channels %v of %d are not positions %v", label, kept, run, positions)
				}
			}
			r := rand.New(rand.NewPCG(1, 1))
			d := normal(r, (from+1)*to)
			weights, bias := p.through(o, d, run, from, to)
			spread := run * p.Taps
			x := normal(r, from*spread)
			full, shift := o.Weights(), o.Bias()
			for i := range p.Outs {
				k := i
				if p.kept != nil {
					k = p.kept[i]
				}
				want, have := 0.0, 0.0
				for c := range to {
					for s := range spread {
						z := 0.0
						if p.bias != nil {
							z = d[from*to+c]
						}
						for f := range from {
							z += d[f*to+c] * x[f*spread+s]
						}
						want += z * full[k*o.Cols+c*spread+s]
					}
				}
				for at, v := range x {
					have += v * weights[i*p.Cols+at]
				}
				if p.bias != nil {
					want, have = want+shift[k], have+bias[i]
				} else if bias != nil {
					t.Errorf("%s: a bias of %v", label, bias)
				}
				if math.Abs(want-have) > 1e-9*(1+math.Abs(want)) {
					t.Fatalf("%s, output %d: want %g, have %g", label, i, want, have)
				}
			}
		})
	}
}

// The map is learnt from samples that are not held out and judged on those that are; its moments are those of both networks'
// channels at the same places.
func TestMomentsOfChannelsAreThoseOfBothNetworks(t *testing.T) {
	in := redundant(t)
	in.Feeds = feedsOf(in.Original, 3, 5, 1)
	original, cut := watched(t, in.Original, in.Feeds), watched(t, in.Cut, in.Feeds)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
		if p.Node.Op != "Gemm" {
			return
		}
		seen++
		const from, to, run = 4, 8, 16
		kept := []int{4, 5, 6, 7}
		train, held, err := p.channelMoments("label", kept, run, from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := [2]*moments{newMoments(from+1, to), newMoments(from+1, to)}
		for b := range in.Feeds {
			x, y := linear.Floats(cut["f"][b]), linear.Floats(original["f"][b])
			for sample := range 5 {
				m := want[0]
				if (5*b+sample)%5 == 4 {
					m = want[1]
				}
				for place := range run {
					a, r := make([]float64, from+1), make([]float64, to)
					for c := range from {
						a[c] = x[(sample*from+c)*run+place]
					}
					a[from] = 1
					for c := range to {
						r[c] = y[(sample*to+c)*run+place]
					}
					for i, c := range kept {
						r[c] -= a[i]
					}
					m.add(rounded(a), rounded(r), 1, 1)
				}
			}
		}
		for i, have := range []*moments{train, held} {
			if w := want[i]; have.rows != w.rows || apart(upper(have), upper(w)) > 1e-3 || apart(have.cross, w.cross) > 1e-3 || math.Abs(have.square-w.square) > 1e-4*w.square {
				t.Errorf("%d rows, want %d; off by %g and %g, %g of %g", have.rows, w.rows, apart(upper(have), upper(w)), apart(have.cross, w.cross), have.square, w.square)
			}
		}
	})
	if seen == 0 {
		t.Error("no matrix behind the planes")
	}
}

// A map is taken where it lowers the error on the rows held out, and reports what that was before.
func TestAMapIsTakenWhereItHelps(t *testing.T) {
	in := redundant(t)
	in.Feeds = feedsOf(in.Original, 3, 5, 1)
	adopted := 0
	eachProblem(t, in, way{columns: maxColumns, mapping: true}, func(p *problem, g int, train, held rows) {
		if p.Node.Op != "Gemm" {
			return
		}
		// As it is now the map was adopted already: what is asked for again is no better.
		x, want, have := flattened(t, p, g, held)
		energy, now := slowError(p, x, want, have, nil)
		if now > 1e-6*energy {
			t.Errorf("behind the map the error is %g of %g", now, energy)
		}
		e, err := p.errorAt(held)
		if err != nil || math.Abs(e-now) > 1e-9*energy {
			t.Errorf("the error is %g, want %g (%v)", e, now, err)
		}
		adopted++
	})
	if adopted != 1 {
		t.Errorf("%d nodes", adopted)
	}
}
