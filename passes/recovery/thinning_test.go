package recovery

import (
	"math"
	"slices"
	"testing"
)

// The strength of what stays is the one that leaves the least error on the rows held out, and all rows are learnt from with it; what
// goes is zero.
func TestAnAnswerIsTheBestOfTheStrengths(t *testing.T) {
	in, s := uncut(t, networks["matrices"], "1x1", "magnitude", 0.5)
	seen := 0
	eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
		if p.bounds != nil {
			return
		}
		seen++
		f := &thinning{problem: p, Sparse: s, g: g, train: train, held: held, density: 0.5}
		x, want, have := flattened(t, p, g, train)
		a := rowsAsMoments(p, x, want, have)
		x2, want2, have2 := flattened(t, p, g, held)
		b := rowsAsMoments(p, x2, want2, have2)
		whole := a.merged(b)
		mask, err := s.Criterion.Choose(f.matrix(f.current(), whole), s.Pattern, 0.5, 1)
		if err != nil {
			t.Fatal(err)
		}
		o := f.answer(mask, a, b, whole)
		best, least := 0.0, math.Inf(1)
		for _, strength := range fits {
			d := f.moved(f.equations(a).Fit(mask, strength, 1))
			if _, e := slowError(p, x2, want2, have2, d); e < least {
				best, least = strength, e
			}
		}
		expected := f.moved(f.equations(whole).Fit(mask, best, 1))
		if o.err != nil || math.Abs(o.after-least) > 1e-6*least || !nearly(o.change, expected) || o.energy != b.energy || o.before != b.square {
			t.Errorf("%s: after %g, want %g (%v)", p.Node.Title(), o.after, least, o.err)
		}
		weights, bias := slices.Clone(p.weights), slices.Clone(p.bias)
		p.change(weights, bias, g, o.change)
		zero, gone := 0, p.Outs*p.Cols
		for _, kept := range mask.Kept {
			gone -= len(kept)
		}
		for _, w := range weights[g*p.Outs*p.Cols:][:p.Outs*p.Cols] {
			if w == 0 {
				zero++
			}
		}
		if zero != gone {
			t.Errorf("%s: %d zeroes, want %d", p.Node.Title(), zero, gone)
		}
	})
	if seen < 2 {
		t.Errorf("%d nodes", seen)
	}
}

// Behind an activation each round starts a little beyond where the last one came, with targets that follow from there. The rows
// held out say how many rounds there are, and as many again learn from all rows.
func TestThinningBehindAnActivationIsTheSlowOne(t *testing.T) {
	refined := 0
	for _, name := range []string{"residual", "matrices"} {
		in, s := uncut(t, networks[name], "1x1", "magnitude", 0.3)
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, train, held rows) {
			if p.bounds == nil {
				return
			}
			f := &thinning{problem: p, Sparse: s, g: g, train: train, held: held, density: 0.3}
			var tr, he, both [3][][]float64
			tr[0], tr[1], tr[2] = flattened(t, p, g, train)
			he[0], he[1], he[2] = flattened(t, p, g, held)
			for k := range both {
				both[k] = slices.Concat(tr[k], he[k])
			}
			a, whole := rowsAsMoments(p, tr[0], tr[1], tr[2]), rowsAsMoments(p, both[0], both[1], both[2])
			mask, err := s.Criterion.Choose(f.matrix(f.current(), whole), s.Pattern, 0.3, 1)
			if err != nil {
				t.Fatal(err)
			}
			const strength = 1e-4
			next := func(over [3][][]float64, d []float64) []float64 {
				m := rowsAsMoments(p, over[0], pulledTargets(p, over[0], over[1], over[2], d), over[2])
				return f.moved(f.equations(m).Fit(mask, strength, 1))
			}
			beyond := func(round int, now, last []float64) []float64 {
				ahead := slices.Clone(now)
				for i := range ahead {
					ahead[i] += float64(round) / float64(round+3) * (now[i] - last[i])
				}
				return ahead
			}
			first := f.moved(f.equations(a).Fit(mask, strength, 1))
			o := f.refine(mask, first, strength, a, whole)
			best, after := 0, math.Inf(1)
			last, now := first, first
			for round := range thinRounds + 1 {
				_, e := slowError(p, he[0], he[1], he[2], now)
				if e >= after {
					break
				}
				best, after = round, e
				last, now = now, next(tr, beyond(round, now, last))
			}
			now = f.moved(f.equations(whole).Fit(mask, strength, 1))
			last = now
			for round := range best {
				last, now = now, next(both, beyond(round, now, last))
			}
			if best > 0 {
				refined++
			}
			if o.err != nil || math.Abs(o.after-after) > 1e-6*after || !nearly(o.change, now) {
				t.Errorf("%s, %s: after %g, want %g in round %d; off by %g of %g (%v)", name, p.Node.Title(), o.after, after, best, apart(o.change, now), norm(now), o.err)
			}
		})
	}
	if refined < 2 {
		t.Errorf("%d are refined", refined)
	}
}
