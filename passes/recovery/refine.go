package recovery

import (
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// rounds is how often a fit behind an activation is refined.
const rounds = 3

// refinement makes a fit good behind an activation that is flat outside of its bounds: how far
// outside an output lies does not matter, so long as it lies outside where the original's does.
// From round to round the targets of such outputs follow what is predicted, which never
// raises the error on the rows that are learnt from (majorisation; Zhang et al. 2015, section 2.2,
// https://arxiv.org/abs/1505.06798, solves the same problem with a penalty). The rows
// held out choose the round.
type refinement struct {
	*problem
	g           int
	train, held rows
	fitted      fitted
}

// solve gives the outcome, its energies those behind the activation. Train and whole are the moments
// of the rows to learn from and of all.
func (r *refinement) solve(train, whole *moments) outcome {
	var o outcome
	if o.energy, o.before, o.err = r.judge(r.g, r.held, nil); o.err != nil {
		return o
	}
	o.after = o.before
	learnt := r.fitted(train)
	var all []float64
	for round := range rounds + 1 {
		if !finite(learnt) {
			break
		}
		_, after, err := r.judge(r.g, r.held, learnt)
		if err != nil {
			return outcome{err: err}
		}
		better := after < o.after
		if better {
			o.after, o.change = after, learnt
		}
		if round > 0 && !better {
			break
		}
		a, err := r.pull(r.train, train, learnt)
		if err != nil {
			return outcome{err: err}
		}
		if better { // the choices made, one more round learns from all rows
			b, err := r.pull(r.held, whole, learnt)
			if err != nil {
				return outcome{err: err}
			}
			blas64.Axpy(1, vector(a.cross), vector(b.cross))
			all = r.fitted(b)
		}
		learnt = r.fitted(a)
	}
	if o.change != nil && finite(all) {
		if _, after, err := r.judge(r.g, r.held, all); err != nil {
			return outcome{err: err}
		} else if after <= o.after {
			o.change = all
		}
	}
	return o
}

func vector(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Inc: 1, Data: v} }

// judge gives the energy of the original behind the activation, if there is one, on the rows held out, and that of the
// difference after a change d of the weights.
func (p *problem) judge(g int, held rows, d []float64) (energy, apart float64, err error) {
	err = p.visit(g, held, func(s *slab) {
		z := s.moved(d, p.Outs, p.threads())
		for i, t := range s.want {
			t, h := p.bounds.clamp(t), p.bounds.clamp(z[i])
			energy += t * t
			apart += (t - h) * (t - h)
		}
	})
	return energy, apart, err
}

// pull gives the moments m over rows with the targets that follow what d predicts.
func (r *refinement) pull(over rows, m *moments, d []float64) (*moments, error) {
	b := m.blank()
	err := r.visit(r.g, over, func(s *slab) { b.addCross(s, r.bounds.pulled(s, s.moved(d, r.Outs, r.threads())), r.threads()) })
	return b, err
}

// blank shares m's Gram matrix and has no right-hand side yet.
func (m *moments) blank() *moments {
	return &moments{rows: m.rows, cols: m.cols, outs: m.outs, gram: m.gram, cross: make([]float64, len(m.cross))}
}

// addCross adds x^T r for the rows of a slab.
func (m *moments) addCross(s *slab, r []float64, threads int) {
	linalg.AddProduct(linalg.Of(m.cross, m.cols, m.outs, m.outs), linalg.Of(s.x, s.rows, m.cols, s.ld).T(), linalg.Of(r, s.rows, m.outs, m.outs), threads)
}
