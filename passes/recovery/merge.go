package recovery

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func init() {
	register(Method{
		Name: "merge", Doc: "channel merge: the weights of what is removed are added to what best predicts it in the original",
		Apply: func(ctx context.Context, in Input) ([]Repair, error) {
			if (in.Feeds == nil || in.Feeds.Len() == 0) && in.Statistics != nil {
				return mergeKnown(ctx, in)
			}
			return walk(ctx, in, way{group: mergeGroup, columns: statistics.MaxColumns})
		},
	})
}

// mergeStrength is the strength of the regularisation of a merge without rows to choose it by, see
// strengths.
const mergeStrength = 1e-3

// merging predicts each removed column of what a consumer reads in the original from the kept ones, A = G_SK (G_KK +
// lambda I)^-1, and adds the weights W_S of the removed columns to theirs: W_K + W_S A, and W_S (mean_S - A mean_K) to
// the bias.
//
// It works on columns, with the kernel positions of a channel apart, not on whole channels. Of all predictions that are
// linear in what the consumer reads, this leaves the least error in each of its outputs (ThiNet, Luo et al. 2017,
// https://arxiv.org/abs/1707.06342; He et al. 2017, https://arxiv.org/abs/1707.06168, there from what the cut network
// reads). One coefficient for each pair of channels, shared by the kernel positions, as in ZipIt! (Stoica et al. 2023,
// https://arxiv.org/abs/2305.03053), is a special case for replacing the channels themselves before an activation. Here
// only what reads them changes.
type merging struct {
	c       *columns
	g       *statistics.Gram
	group   int
	weights []float64
	biased  bool
	within  []float64 // G_KK, the upper triangle
	mixed   []float64 // G_KS W_S^T: a row for each kept column
	mean    float64   // of the diagonal of G_KK
}

// merging prepares merges by what g knows of a group of columns. It returns nil if g knows nothing.
func (c *columns) merging(g *statistics.Gram, group int, weights []float64, biased bool) *merging {
	moment := g.SecondMoment
	if biased {
		moment = g.Covariance
	}
	m, n, k := moment(group), g.Cols, len(c.kept)
	if g.Rows == 0 || k == 0 {
		return nil
	}
	p := &merging{c: c, g: g, group: group, weights: weights, biased: biased, within: make([]float64, k*k)}
	for i, from := range c.kept {
		p.mean += m[from*n+from] / float64(k)
		for j := i; j < k; j++ {
			p.within[i*k+j] = m[from*n+c.kept[j]]
		}
	}
	if !(p.mean > 0) {
		return nil
	}
	p.mixed = c.mixed(m, n, c.gone(weights, n))
	return p
}

// gone returns the weights W_S of the removed columns: a row for each output.
func (c *columns) gone(weights []float64, n int) linalg.Matrix {
	gone := len(c.removed)
	w := make([]float64, len(c.outs)*gone)
	for o, out := range c.outs {
		for j, s := range c.removed {
			w[o*gone+j] = weights[out*n+s]
		}
	}
	return linalg.Of(w, len(c.outs), gone, gone)
}

// mixed returns M_KS W_S^T for a symmetric matrix m of n columns: a row for each kept column.
func (c *columns) mixed(m []float64, n int, lost linalg.Matrix) []float64 {
	k, gone, outs := len(c.kept), len(c.removed), lost.Rows
	between, d := make([]float64, k*gone), make([]float64, k*outs)
	for i, from := range c.kept {
		for j, s := range c.removed {
			between[i*gone+j] = m[from*n+s]
		}
	}
	linalg.AddProduct(linalg.Of(d, k, outs, outs), linalg.Of(between, k, gone, gone), lost.T(), 1)
	return d
}

// change returns the change from W_K with lambda the given fraction of the mean diagonal: a row for each kept column
// and, if there is a bias, one for it. It is nil if the equations can't be solved.
func (p *merging) change(strength float64) []float64 {
	if p == nil {
		return nil
	}
	k, outs := len(p.c.kept), len(p.c.outs)
	a, d := slices.Clone(p.within), slices.Clone(p.mixed)
	for i := range k {
		a[i*k+i] += strength * p.mean
	}
	f, ok := linalg.Factorize(a, k)
	if !ok {
		return nil
	}
	f.Solve(d, outs)
	if !p.biased {
		return d
	}
	return append(d, p.c.shift(p.g, p.group, p.weights, d)...)
}

// shift returns what to add to the bias of each output.
func (c *columns) shift(g *statistics.Gram, group int, weights, d []float64) []float64 {
	sums, outs := g.Sums[group], len(c.outs)
	b := make([]float64, outs)
	for o, out := range c.outs {
		for _, s := range c.removed {
			b[o] += weights[out*g.Cols+s] * sums[s] / g.Rows
		}
		for i, k := range c.kept {
			b[o] -= d[i*outs+o] * sums[k] / g.Rows
		}
	}
	return b
}

// mergeGroup merges one group of a node, from what the original reads at the rows. The held-out rows of the cut network
// decide the strength, and whether it helps.
func mergeGroup(p *problem, g int, train, held rows) outcome {
	var o outcome
	c := p.columns(g)
	if c == nil || len(c.removed) == 0 || !p.whole || p.full.Cols > statistics.MaxColumns {
		return o // there is nothing to merge
	}
	if o.energy, o.before, o.err = p.judge(g, held, nil); o.err != nil {
		return o
	}
	o.after = o.before
	a, err := p.gram(c.group, train)
	if err != nil {
		return outcome{err: err}
	}
	weights, best := p.full.Weights(), 0.0
	m := c.merging(a, 0, weights, p.bias != nil)
	try := func(strength float64) (d []float64, after float64) {
		d = p.from(g, c, m.change(strength))
		if !finite(d) {
			return nil, o.before
		}
		_, after, o.err = p.judge(g, held, d)
		return d, after
	}
	for _, s := range strengths {
		d, after := try(s)
		if o.err != nil {
			return o
		}
		if after < o.after {
			o.after, o.change, best = after, d, s
		}
	}
	if best == 0 {
		return o
	}
	b, err := p.gram(c.group, held)
	if err == nil {
		err = a.Merge(b)
	}
	if err != nil {
		return outcome{err: err}
	}
	// With the choices made, learn from all rows. After stays what the held-out rows said before.
	m = c.merging(a, 0, weights, p.bias != nil)
	if d, after := try(best); o.err == nil && d != nil && after < o.before {
		o.change = d
	}
	return o
}

// from turns a change of the original's weights and bias into a change of the node's present ones.
func (p *problem) from(g int, c *columns, d []float64) []float64 {
	if d == nil {
		return nil
	}
	weights, bias := p.full.Weights(), p.full.Bias()
	for o, out := range c.outs {
		k := g*p.Outs + o
		for i, column := range c.kept {
			d[i*p.Outs+o] += weights[out*p.full.Cols+column] - p.weights[k*p.Cols+i]
		}
		if p.bias != nil {
			d[p.Cols*p.Outs+o] += bias[out] - p.bias[k]
		}
	}
	return d
}

// gram returns the Gram matrix of what a group of the counterpart reads at the rows in the
// original.
func (p *problem) gram(group int, over rows) (*statistics.Gram, error) {
	g := statistics.NewGram(1, p.full.Cols)
	for _, t := range over.parts(g.Cols) {
		x, err := p.full.Seen(p.original.at(p.full.X(), t.batch))
		if err != nil {
			return nil, err
		}
		y := p.original.at(p.counterpart.Out(0), t.batch)
		from := make([]int, len(t.rows))
		for i, r := range t.rows {
			from[i] = p.origin(r, y)
		}
		buffer := linalg.Borrow(len(from) * g.Cols)
		if err = p.full.Read(*buffer, g.Cols, x, group, from); err == nil {
			g.Add(0, *buffer, len(from), p.threads())
		}
		linalg.GiveBack(buffer)
		if err != nil {
			return nil, err
		}
		g.Rows += float64(len(from))
	}
	return g, nil
}
