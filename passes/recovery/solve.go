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
	defer train.release(g)
	defer held.release(g)
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
		residuals := linalg.Borrow(len(s.want))
		defer linalg.GiveBack(residuals)
		energies := make([][2]float64, s.rows/partRows+1)
		s.spans(m.threads, func(i, lo, hi int) {
			r, want := (*residuals)[lo*p.Outs:hi*p.Outs], s.want[lo*p.Outs:hi*p.Outs]
			for at, h := range s.have[lo*p.Outs : hi*p.Outs] {
				r[at] = want[at] - h
			}
			_, energies[i][0], _ = linalg.Powers(want)
			_, energies[i][1], _ = linalg.Powers(r)
		})
		for _, e := range energies {
			m.energy += e[0]
			m.square += e[1]
		}
		m.addProducts(s, *residuals)
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

// factor returns the present weights of a group, to multiply rows by.
func (p *problem) factor(group int) *linalg.Factor {
	return linalg.NewFactor(linalg.Of(p.weights[group*p.Outs*p.Cols:], p.Outs, p.Cols, p.Cols).T())
}

// factorOf returns a change of a group's weights, to multiply rows by. nil stands for no change.
func (p *problem) factorOf(d []float64) *linalg.Factor {
	if d == nil {
		return nil
	}
	return linalg.NewFactor(linalg.Of(d, len(d)/p.Outs, p.Outs, p.Outs))
}

// moved returns what the group computes at rows lo to hi after a change of its weights. It writes that into room, unless
// there is no change.
func (s *slab) moved(room []float32, d *linalg.Factor, outs, lo, hi int) []float32 {
	have := s.have[lo*outs : hi*outs]
	if d == nil {
		return have
	}
	z := room[:len(have)]
	copy(z, have)
	d.AddProduct(linalg.OfSingle(z, hi-lo, outs, outs), linalg.OfSingle(s.x[lo*s.ld:], hi-lo, s.ld, s.ld))
	return z
}
