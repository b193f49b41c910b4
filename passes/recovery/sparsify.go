package recovery

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// Sparse says how weights are set to zero.
type Sparse struct {
	Pattern   sparsity.Pattern
	Criterion sparsity.Criterion
	// Density is the fraction of a node's weights that stay nonzero, by the node's title.
	Density map[string]float64
	// Work bounds the multiply-accumulates to spend on an exact ranking of one group; 0 means no bound.
	Work float64
}

// Sparsify sets weights of the cut model to zero, node by node in graph order. Each node learns from what the network,
// sparse up to there, feeds it: first what its weights would be if all stayed, then which become zero, then what the
// others become. Linear nodes that stay dense are repaired on the way. Nodes without a counterpart in the original are
// left alone. The repairs returned are those of the nodes that Density names, with the errors before anything was
// changed at the node and after.
func Sparsify(ctx context.Context, in Input, s Sparse) ([]Repair, error) {
	dense := way{group: fit(fitRidge).group, columns: maxColumns}
	w := newWalker(in, dense)
	var repairs []Repair
	err := w.walk(ctx, func(n, o *graph.Node) error {
		l, _ := sparsity.Of(n, s.Pattern)
		density, wanted := s.Density[n.Title()]
		if l == nil || !wanted {
			_, err := w.repair(n, o)
			return err
		}
		r, err := w.sparsify(n, o, s, density)
		if r != nil {
			repairs = append(repairs, *r)
		}
		return err
	})
	return repairs, err
}

// sparsify makes n sparse before it runs. It returns nil if n cannot be made sparse.
func (w *walker) sparsify(n, o *graph.Node, s Sparse, density float64) (*Repair, error) {
	p := w.problem(n, o)
	if p == nil || !p.whole {
		return nil, nil
	}
	p.aim()
	if err := p.look(); err != nil {
		return nil, err
	}
	label := n.Title()
	train, held := p.draw(label)
	all, err := p.solveGroups(train, held, func(g int) outcome {
		f := thinning{problem: p, Sparse: s, g: g, train: train, held: held, density: density}
		return f.solve()
	})
	if err != nil {
		return nil, err
	}
	r := &Repair{Node: label, Before: all.before, After: all.after, Samples: w.samples(), Rows: count(train.of) + count(held.of), Taken: true}
	r.relate(all.energy)
	p.Write(all.weights, all.bias)
	return r, nil
}

// thinning makes one group of a node sparse.
type thinning struct {
	*problem
	Sparse
	g           int
	train, held rows
	density     float64
}

// solve returns the change of the weights after which the mask's weights are zero.
func (t *thinning) solve() outcome {
	a, err := t.moments(t.g, t.train)
	if err != nil {
		return outcome{err: err}
	}
	b, err := t.moments(t.g, t.held)
	if err != nil {
		return outcome{err: err}
	}
	whole := a.merged(b)
	target := t.target(a, b, whole)
	mask, err := t.Criterion.Choose(t.matrix(target, whole), t.Pattern, t.density, t.threads())
	if err != nil {
		return outcome{err: fmt.Errorf("its inputs: %w", err)}
	}
	return t.answer(mask, a, b, whole)
}

// matrix returns the group in the form that a criterion takes.
func (t *thinning) matrix(weights []float64, m *moments) *sparsity.Matrix {
	return &sparsity.Matrix{Outs: t.Outs, Cols: t.Cols, Weights: weights, Hessian: t.hessian(m), Rows: m.rows, Work: t.Work}
}

// current returns the present weights of the group.
func (t *thinning) current() []float64 {
	return t.weights[t.g*t.Outs*t.Cols:][:t.Outs*t.Cols]
}

// target returns the weights of the best dense fit, outs x cols.
func (t *thinning) target(train, held, whole *moments) []float64 {
	w := slices.Clone(t.current())
	f := fitRidge(train, held)
	if f == nil {
		return w
	}
	d := f(whole)
	if !finite(d) {
		return w
	}
	for i := range t.Outs {
		for c := range t.Cols {
			w[i*t.Cols+c] += d[c*t.Outs+i]
		}
	}
	return w
}

// hessian returns the second moments of the inputs, less what the bias can make up for.
func (t *thinning) hessian(m *moments) []float64 {
	n := t.Cols
	h := make([]float64, n*n)
	rows := float64(max(1, m.rows))
	for i := range n {
		for j := i; j < n; j++ {
			x := m.gram[i*m.cols+j]
			if t.ones() == 1 {
				x -= m.gram[i*m.cols+n] * m.gram[j*m.cols+n] / rows
			}
			h[i*n+j], h[j*n+i] = x, x
		}
	}
	return h
}

// fits are the strengths of regularisation that are tried for the remaining weights.
var fits = []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1}

// fewFits are the strengths that are tried if each takes long.
var fewFits = []float64{1e-3, 1e-2}

// answer solves for the remaining weights. The held-out rows choose the strength.
func (t *thinning) answer(m *sparsity.Mask, train, held, whole *moments) outcome {
	o := outcome{energy: held.energy, before: held.square}
	var chosen float64
	e := t.equations(train)
	tried := fits
	if m.Expensive() {
		tried = fewFits
	}
	for _, s := range tried {
		d := t.moved(e.Fit(m, s, t.threads()))
		if !finite(d) {
			continue
		}
		if after := held.error(d); o.change == nil || after < o.after {
			o.change, o.after, chosen = d, after, s
		}
	}
	if o.change == nil { // the equations could not be solved
		w := slices.Clone(t.current())
		m.Apply(w)
		o.change = t.moved(t.withBias(w))
		o.after = held.error(o.change)
		return o
	}
	if t.bounds != nil {
		return t.refine(m, o.change, chosen, train, whole)
	}
	if all := t.moved(t.equations(whole).Fit(m, chosen, t.threads())); finite(all) {
		o.change = all
	}
	return o
}

// thinRounds bounds the rounds that refine a fit behind an activation, and expensiveRounds those
// that take long.
const thinRounds, expensiveRounds = 8, 1

// refine improves a fit behind an activation, see refinement, under the same mask. Each round starts a little beyond the
// last one, in its direction (Nesterov 1983), because targets that follow the prediction converge slowly. The held-out
// rows decide when to stop, and as many rounds again learn from all rows.
func (t *thinning) refine(m *sparsity.Mask, learnt []float64, strength float64, train, whole *moments) outcome {
	var o outcome
	if o.energy, o.before, o.err = t.judge(t.g, t.held, nil); o.err != nil {
		return o
	}
	best, most := 0, thinRounds
	if m.Expensive() {
		most = expensiveRounds
	}
	err := t.rounds(m, learnt, strength, train, []rows{t.train}, func(round int, d []float64) (bool, error) {
		_, after, err := t.judge(t.g, t.held, d)
		if err != nil || o.change != nil && after >= o.after {
			return false, err
		}
		o.change, o.after, best = d, after, round
		return round < most, nil
	})
	if err != nil {
		return outcome{err: err}
	}
	all := t.moved(t.equations(whole).Fit(m, strength, t.threads()))
	err = t.rounds(m, all, strength, whole, []rows{t.train, t.held}, func(round int, d []float64) (bool, error) {
		if finite(d) {
			o.change = d
		}
		return round < best, nil
	})
	if err != nil {
		return outcome{err: err}
	}
	return o
}

// rounds refines a first fit. over lists the rows to learn from, and base has their moments. seen
// is called after each round and reports whether to continue.
func (t *thinning) rounds(m *sparsity.Mask, first []float64, strength float64, base *moments, over []rows, seen func(int, []float64) (bool, error)) error {
	r := refinement{t.problem, t.g, t.train, t.held, nil}
	last, now := first, first
	for round := 0; finite(now); round++ {
		if more, err := seen(round, now); err != nil || !more {
			return err
		}
		ahead := slices.Clone(now)
		beyond := float64(round) / float64(round+3)
		for i := range ahead {
			ahead[i] += beyond * (now[i] - last[i])
		}
		sum := base.blank()
		for _, rows := range over {
			a, err := r.pull(rows, base, ahead)
			if err != nil {
				return err
			}
			blas64.Axpy(1, vector(a.cross), vector(sum.cross))
		}
		last, now = now, t.moved(t.equations(sum).Fit(m, strength, t.threads()))
	}
	return nil
}

// withBias appends the bias to each output's weights.
func (t *thinning) withBias(w []float64) []float64 {
	if t.ones() == 0 {
		return w
	}
	out := make([]float64, 0, len(w)+t.Outs)
	for i := range t.Outs {
		out = append(append(out, w[i*t.Cols:][:t.Cols]...), t.bias[t.g*t.Outs+i])
	}
	return out
}

// equations returns the equations for the weights; moments are for changes of them.
func (t *thinning) equations(m *moments) *sparsity.Equations {
	e := &sparsity.Equations{Cols: m.cols, Gram: m.gram, Cross: slices.Clone(m.cross), Prior: t.withBias(t.current()), Bias: t.ones() == 1}
	full := make([]float64, m.cols*m.cols)
	for i := range m.cols {
		for j := i; j < m.cols; j++ {
			full[i*m.cols+j], full[j*m.cols+i] = m.gram[i*m.cols+j], m.gram[i*m.cols+j]
		}
	}
	linalg.AddProduct(linalg.Of(e.Cross, m.cols, t.Outs, t.Outs), linalg.Of(full, m.cols, m.cols, m.cols), linalg.Of(e.Prior, t.Outs, m.cols, m.cols).T(), t.threads())
	return e
}

// moved returns the change from the present weights to w (outs x columns), with a row for each column; nil for nil.
func (t *thinning) moved(w []float64) []float64 {
	if w == nil {
		return nil
	}
	now, cols := t.withBias(t.current()), t.Cols+t.ones()
	d := make([]float64, len(w))
	for i := range t.Outs {
		for c := range cols {
			d[c*t.Outs+i] = w[i*cols+c] - now[i*cols+c]
		}
	}
	return d
}
