package recovery

import (
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// rounds is how many times a fit behind an activation is refined.
const rounds = 3

// refinement improves a fit behind an activation that is flat outside its bounds. It does not
// matter how far outside an output lies, as long as the original's lies outside too. In each round
// the targets of such outputs follow the prediction, which never raises the error on the rows
// learnt from (majorisation; Zhang et al. 2015, section 2.2, https://arxiv.org/abs/1505.06798,
// solves the same problem with a penalty). The held-out rows choose the round.
type refinement struct {
	*problem
	g           int
	train, held rows
	fitted      fitted
}

// solve returns the outcome, with energies measured behind the activation. train has the moments of
// the rows to learn from, and whole those of all rows.
func (r *refinement) solve(train, whole *moments) outcome {
	var o outcome
	if o.energy, o.before, o.err = r.judge(r.g, r.held, nil); o.err != nil {
		return o
	}
	o.after = o.before
	learnt := r.fitted(train)
	var targets []float64 // right-hand side of the rows to learn from, following the best change
	for round := range rounds + 1 {
		if !finite(learnt) {
			break
		}
		_, after, err := r.judge(r.g, r.held, learnt)
		if err != nil {
			return outcome{err: err}
		}
		better := after < o.after
		if round > 0 && !better {
			break
		}
		a, err := r.pull(r.train, train, learnt)
		if err != nil {
			return outcome{err: err}
		}
		if better {
			o.after, o.change, targets = after, learnt, a.cross
		}
		if round < rounds {
			learnt = r.fitted(a)
		}
	}
	if o.change == nil {
		return o
	}
	// With the choices made, one more round learns from all rows.
	b, err := r.pull(r.held, whole, o.change)
	if err != nil {
		return outcome{err: err}
	}
	blas64.Axpy(1, vector(targets), vector(b.cross))
	all := r.fitted(b)
	if !finite(all) {
		return o
	}
	if _, after, err := r.judge(r.g, r.held, all); err != nil {
		return outcome{err: err}
	} else if after <= o.after {
		o.change = all
	}
	return o
}

func vector(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Inc: 1, Data: v} }

// judge returns, on the held-out rows, the energy of the original and that of the difference to it
// after a change d of the weights. Both are measured behind the activation, if there is one.
func (p *problem) judge(g int, held rows, d []float64) (energy, apart float64, err error) {
	change := p.factorOf(d)
	err = p.visit(g, held, func(s *slab) {
		sums := make([][2]float64, s.rows/partRows+1)
		n := s.spans(p.threads(), func(i, lo, hi int) {
			room := linalg.Borrow((hi - lo) * p.Outs)
			defer linalg.GiveBack(room)
			sums[i][0], sums[i][1] = p.bounds.apart(s.want[lo*p.Outs:hi*p.Outs], s.moved(*room, change, p.Outs, lo, hi))
		})
		for _, sum := range sums[:n] {
			energy += sum[0]
			apart += sum[1]
		}
	})
	return energy, apart, err
}

// pull returns the moments m over rows with targets that follow what d predicts.
func (r *refinement) pull(over rows, m *moments, d []float64) (*moments, error) {
	b, change := m.blank(), r.factorOf(d)
	err := r.visit(r.g, over, func(s *slab) {
		residuals := linalg.Borrow(len(s.want))
		defer linalg.GiveBack(residuals)
		s.spans(b.threads, func(_, lo, hi int) {
			have := s.have[lo*r.Outs : hi*r.Outs]
			z := (*residuals)[lo*r.Outs : hi*r.Outs]
			r.bounds.pull(z, s.moved(z, change, r.Outs, lo, hi), s.want[lo*r.Outs:hi*r.Outs], have)
		})
		b.addCross(s, *residuals)
	})
	return b, err
}

// blank returns moments that share m's Gram matrix and have a zero right-hand side.
func (m *moments) blank() *moments {
	return &moments{rows: m.rows, cols: m.cols, outs: m.outs, gram: m.gram, cross: make([]float64, len(m.cross)), threads: m.threads}
}

// addCross adds x^T r for the rows of a slab.
func (m *moments) addCross(s *slab, r []float32) {
	linalg.Sums{Cross: m.cross}.Add(s.seen(), linalg.OfSingle(r, s.rows, m.outs, m.outs), m.threads)
}
