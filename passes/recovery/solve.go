package recovery

import (
	"math"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// outcome is the result for one group: energies on the held-out rows, and the change to make, if
// any.
type outcome struct {
	energy, before, after float64
	change                []float64
	err                   error
}

// group solves for one group by regression. Groups share nothing, so many small ones run in
// parallel.
func (choose fit) group(p *problem, g int, train, held rows) outcome {
	a, err := p.moments(g, train)
	if err != nil {
		return outcome{err: err}
	}
	b, err := p.moments(g, held)
	if err != nil {
		return outcome{err: err}
	}
	o := outcome{energy: b.energy, before: b.square, after: b.square}
	if b.square <= drifted*b.energy && a.square <= drifted*a.energy {
		return o
	}
	f := choose(a, b)
	if f == nil {
		return o
	}
	whole := a.merged(b)
	if p.bounds != nil {
		r := refinement{p, g, train, held, f}
		return r.solve(a, whole)
	}
	learnt := f(a)
	after := b.error(learnt)
	if !(after < o.before) || !finite(learnt) {
		return o
	}
	// With the choices made, learn from all rows. after stays what the held-out rows said before.
	o.change, o.after = learnt, after
	if all := f(whole); finite(all) && b.error(all) <= after {
		o.change = all
	}
	return o
}

// finite reports whether d is not nil and holds only finite numbers.
func finite(d []float64) bool {
	for _, x := range d {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return d != nil
}

// moments collects the moments of one group over rows.
func (p *problem) moments(group int, over rows) (*moments, error) {
	cols := p.ones()
	if p.whole {
		cols += p.Cols
	}
	m := newMoments(cols, p.Outs)
	m.threads = p.threads()
	err := p.visit(group, over, func(s *slab) {
		r := make([]float64, len(s.want))
		s.spans(m.threads, func(_, lo, hi int) {
			to, want, have := r[lo*p.Outs:hi*p.Outs], s.want[lo*p.Outs:hi*p.Outs], s.have[lo*p.Outs:hi*p.Outs]
			for at, t := range want {
				to[at] = t - have[at]
			}
		})
		m.energy += squared(s.want)
		m.add(s.x, r, s.rows, m.threads)
	})
	return m, err
}

// threads returns how many threads one group may use.
func (p *problem) threads() int {
	if p.Groups > 1 {
		return 1 // other groups run at the same time
	}
	return p.Threads
}

// predict adds what the group computes with the present weights: have += x w + b.
func (p *problem) predict(have, x []float64, ld, group, rows int) {
	w := linalg.Of(p.weights[group*p.Outs*p.Cols:], p.Outs, p.Cols, p.Cols)
	linalg.AddProduct(linalg.Of(have, rows, p.Outs, p.Outs), linalg.Of(x, rows, p.Cols, ld), w.T(), 1)
	if p.bias == nil {
		return
	}
	for i := range rows {
		for j := range p.Outs {
			have[i*p.Outs+j] += p.bias[group*p.Outs+j]
		}
	}
}

// moved writes into z what the group computes at rows lo to hi after a change d of its weights; nil
// means no change.
func (s *slab) moved(z, d []float64, outs, lo, hi int) {
	copy(z, s.have[lo*outs:hi*outs])
	if d != nil {
		linalg.AddProduct(linalg.Of(z, hi-lo, outs, outs), linalg.Of(s.x[lo*s.ld:], hi-lo, s.ld, s.ld), linalg.Of(d, s.ld, outs, outs), 1)
	}
}
