package recovery

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// outcome is what came of one group: energies on the rows held out, and the change to make, if any.
type outcome struct {
	energy, before, after float64
	change                []float64
	err                   error
}

// rounds is how often a fit behind an activation is refined.
const rounds = 3

// group solves for one group. Groups share nothing, so that many small ones go in parallel.
func (p *problem) group(g int, rows [][]int) outcome {
	train, held, err := p.moments(g, rows)
	if err != nil {
		return outcome{err: err}
	}
	o := outcome{energy: held.energy, before: held.square, after: held.square}
	if held.square <= drifted*held.energy && train.square <= drifted*train.energy {
		return o
	}
	f := p.fit(train, held)
	if f == nil {
		return o
	}
	learnt, whole := f(train), train.merged(held)
	all := f(whole)
	if p.bounds != nil {
		return p.refine(g, rows, f, train, whole, learnt, all)
	}
	after := held.error(learnt)
	if !(after < o.before) || !finite(learnt) {
		return o
	}
	// The choices made, all rows are learnt from; After stays what the rows held out said before.
	o.change, o.after = learnt, after
	if finite(all) && held.error(all) <= after {
		o.change = all
	}
	return o
}

// refine makes a fit good behind an activation that is flat outside of its bounds: how far outside
// an output lies does not matter, so long as it lies outside where the original's does. From
// round to round the targets of such outputs follow what is predicted, which never raises the error
// on the rows that are learnt from (majorisation; Zhang et al. 2015, section 2.2,
// https://arxiv.org/abs/1505.06798, solves the same problem with a penalty). The rows held
// out choose the round.
func (p *problem) refine(g int, rows [][]int, f fitted, train, whole *moments, learnt, all []float64) outcome {
	var o outcome
	best := math.Inf(1)
	for round := range rounds + 1 {
		a, b := train.blank(), whole.blank()
		energy, before, after, afterAll := 0.0, 0.0, 0.0, 0.0
		o.err = p.visit(g, rows, func(held bool, s *slab) {
			z := s.moved(learnt, p.outs)
			zAll := s.moved(all, p.outs)
			if held {
				for i, t := range s.want {
					t = p.bounds.clamp(t)
					energy += t * t
					before += square(t - p.bounds.clamp(s.have[i]))
					after += square(t - p.bounds.clamp(z[i]))
					afterAll += square(t - p.bounds.clamp(zAll[i]))
				}
			} else {
				a.addCross(s, p.bounds.pulled(s, z))
			}
			b.addCross(s, p.bounds.pulled(s, zAll))
		})
		if o.err != nil {
			return o
		}
		if round == 0 {
			o.energy, o.before, o.after, best = energy, before, before, before
		}
		if after < best && finite(learnt) {
			best, o.after, o.change = after, after, learnt
			if afterAll <= after && finite(all) {
				o.change = all
			}
		}
		if round < rounds {
			learnt, all = f(a), f(b)
		}
	}
	return o
}

func square(x float64) float64 { return x * x }

// finite reports whether d is there and holds numbers.
func finite(d []float64) bool {
	for _, x := range d {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return d != nil
}

// moments collects one group's moments over the rows, those held out apart.
func (p *problem) moments(group int, rows [][]int) (train, held *moments, err error) {
	cols := p.ones()
	if p.whole {
		cols += p.cols
	}
	threads := 1
	if p.groups == 1 {
		threads = p.Threads
	}
	train, held = newMoments(cols, p.outs), newMoments(cols, p.outs)
	err = p.visit(group, rows, func(out bool, s *slab) {
		m := train
		if out {
			m = held
		}
		r := make([]float64, len(s.want))
		for i, t := range s.want {
			r[i] = t - s.have[i]
			m.energy += t * t
		}
		m.add(s.x, r, s.rows, threads)
	})
	return train, held, err
}

// predict adds what the group computes now: have += x w + b.
func (p *problem) predict(have, x []float64, ld, group, rows int) {
	w := blas64.General{Rows: p.outs, Cols: p.cols, Stride: p.cols, Data: p.weights[group*p.outs*p.cols:]}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, blas64.General{Rows: rows, Cols: p.cols, Stride: ld, Data: x}, w,
		1, blas64.General{Rows: rows, Cols: p.outs, Stride: p.outs, Data: have})
	if p.bias == nil {
		return
	}
	for i := range rows {
		for j := range p.outs {
			have[i*p.outs+j] += p.bias[group*p.outs+j]
		}
	}
}

// moved is what the group has after a change d of its weights.
func (s *slab) moved(d []float64, outs int) []float64 {
	z := append([]float64{}, s.have...)
	if d == nil {
		return z
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: s.rows, Cols: s.ld, Stride: s.ld, Data: s.x},
		blas64.General{Rows: s.ld, Cols: outs, Stride: outs, Data: d}, 1,
		blas64.General{Rows: s.rows, Cols: outs, Stride: outs, Data: z})
	return z
}

// blank shares m's Gram matrix and has no right-hand side yet.
func (m *moments) blank() *moments {
	return &moments{rows: m.rows, cols: m.cols, outs: m.outs, gram: m.gram, cross: make([]float64, len(m.cross))}
}

// addCross adds x^T r for the rows of a slab.
func (m *moments) addCross(s *slab, r []float64) {
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, blas64.General{Rows: s.rows, Cols: m.cols, Stride: s.ld, Data: s.x},
		blas64.General{Rows: s.rows, Cols: m.outs, Stride: m.outs, Data: r}, 1,
		blas64.General{Rows: m.cols, Cols: m.outs, Stride: m.outs, Data: m.cross})
}
