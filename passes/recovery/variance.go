package recovery

import (
	"context"
	"math"
)

func init() {
	register(Method{
		Name: "variance", Doc: "variance matching: each output gets the mean and the variance that it has in the original; BatchNormalization by new statistics",
		Apply: func(ctx context.Context, in Input) ([]Repair, error) {
			return walk(ctx, in, way{group: matchVariance, columns: math.MaxInt, alone: true, write: restate})
		},
	})
}

// matchVariance scales and shifts each output of a group so that its mean and variance are the
// original's, as REPAIR renormalises the channels of interpolated networks (Jordan et al. 2022,
// https://arxiv.org/abs/2211.08403). Without a bias it matches the second moment. Equal variances
// do not make outputs close: an output that no longer correlates with the original's should stay
// small. So each output is judged by itself on the held-out rows.
func matchVariance(p *problem, g int, train, held rows) outcome {
	a, err := p.outputs(g, train)
	if err != nil {
		return outcome{err: err}
	}
	b, err := p.outputs(g, held)
	if err != nil {
		return outcome{err: err}
	}
	still, learnt, all := make([]affine, p.Outs), make([]affine, p.Outs), make([]affine, p.Outs)
	for i := range p.Outs {
		still[i] = affine{1, 0}
		learnt[i] = a[i].match(p.bias != nil)
		a[i].add(&b[i])
		all[i] = a[i].match(p.bias != nil)
	}
	apart, energy, err := p.judgeEach(g, held, still, learnt, all)
	if err != nil {
		return outcome{err: err}
	}
	var o outcome
	change := make([]float64, (p.Cols+p.ones())*p.Outs)
	for i := range p.Outs {
		before, after := apart[0][i], apart[1][i]
		o.energy += energy[i]
		o.before += before
		if before <= drifted*energy[i] || !(after < before) {
			o.after += before
			continue
		}
		o.after += after
		to := learnt[i]
		if apart[2][i] <= after { // with the choice made, learn from all rows
			to = all[i]
		}
		p.affine(change, g, i, to)
		o.change = change
	}
	return o
}

// affine is the change of an output: scale times the output, plus shift.
type affine struct{ scale, shift float64 }

// judgeEach returns, for each of the ways and each output, the energy of the difference to the original, and the energy
// of the original, both behind the activation if there is one.
func (p *problem) judgeEach(g int, held rows, ways ...[]affine) (apart [][]float64, energy []float64, err error) {
	apart, energy = make([][]float64, len(ways)), make([]float64, p.Outs)
	for i := range apart {
		apart[i] = make([]float64, p.Outs)
	}
	err = p.visit(g, held, func(s *slab) {
		for at, want := range s.want {
			i, t, have := at%p.Outs, p.bounds.clamp(float64(want)), float64(s.have[at])
			energy[i] += t * t
			for w, to := range ways {
				e := t - p.bounds.clamp(to[i].scale*have+to[i].shift)
				apart[w][i] += e * e
			}
		}
	})
	return apart, energy, err
}

// affine writes into change, a row for each column, the change of output i of the group.
func (p *problem) affine(change []float64, g, i int, to affine) {
	k := g*p.Outs + i
	for c := range p.Cols {
		change[c*p.Outs+i] = (to.scale - 1) * p.weights[k*p.Cols+c]
	}
	if p.bias != nil {
		change[p.Cols*p.Outs+i] = (to.scale-1)*p.bias[k] + to.shift
	}
}

// restate changes the statistics of a BatchNormalization and keeps its scale and shift, so that
// training can continue from the learnt ones. If no statistics would do, it changes scale and
// shift.
func restate(p *problem, weights, bias []float64) {
	if !p.Restate(weights, bias) {
		p.Write(weights, bias)
	}
}

// pairs holds sums, and sums of squares, over the rows of one output: of what the cut network
// computes and of what the original computes.
type pairs struct{ rows, have, want, haves, wants float64 }

// outputs returns the sums over the rows of each output of a group.
func (p *problem) outputs(g int, over rows) ([]pairs, error) {
	sums := make([]pairs, p.Outs)
	err := p.visit(g, over, func(s *slab) {
		for i, w := range s.want {
			want, have := float64(w), float64(s.have[i])
			sums[i%p.Outs].add(&pairs{1, have, want, have * have, want * want})
		}
	})
	return sums, err
}

func (a *pairs) add(b *pairs) {
	a.rows += b.rows
	a.have += b.have
	a.want += b.want
	a.haves += b.haves
	a.wants += b.wants
}

// match returns the change that gives the output the mean and variance of the original, or without a shift its second
// moment. An output that does not vary is only shifted.
func (a *pairs) match(shifts bool) affine {
	if a.rows == 0 {
		return affine{1, 0}
	}
	if !shifts {
		return affine{ratio(a.wants, a.haves), 0}
	}
	have, want := a.have/a.rows, a.want/a.rows
	scale := ratio(a.wants/a.rows-want*want, a.haves/a.rows-have*have)
	return affine{scale, want - scale*have}
}

// ratio returns the ratio of the standard deviations, or 1 if either does not vary beyond rounding.
func ratio(want, have float64) float64 {
	if !(want > 0 && have > 0) || math.IsInf(want/have, 0) {
		return 1
	}
	return math.Sqrt(want / have)
}
