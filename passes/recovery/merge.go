package recovery

import (
	"context"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func init() {
	register(Method{
		Name: "merge", Doc: "channel merge: the weights of what is removed are added to what best predicts it in the original",
		Apply: func(ctx context.Context, in Input) ([]Repair, error) {
			if len(in.Feeds) == 0 && in.Statistics != nil {
				return mergeKnown(ctx, in)
			}
			return walk(ctx, in, way{group: mergeGroup, columns: statistics.MaxColumns})
		},
	})
}

// mergeStrength is the strength of the regularisation of a merge without rows to choose it by, see
// strengths.
const mergeStrength = 1e-3

// merge predicts each removed column of what a consumer reads in the original from the kept ones, A = G_SK (G_KK +
// lambda I)^-1, and adds the weights W_S of the removed columns to theirs: W_K + W_S A, and W_S (mean_S - A mean_K) to
// the bias. It returns the change from W_K: a row for each kept column and, if there is a bias, one for it.
//
// It works on columns, with the kernel positions of a channel apart, not on whole channels. Of all predictions that are
// linear in what the consumer reads, this leaves the least error in each of its outputs (ThiNet, Luo et al. 2017,
// https://arxiv.org/abs/1707.06342; He et al. 2017, https://arxiv.org/abs/1707.06168, there from what the cut network
// reads). One coefficient for each pair of channels, shared by the kernel positions, as in ZipIt! (Stoica et al. 2023,
// https://arxiv.org/abs/2305.03053), is a special case for replacing the channels themselves before an activation. Here
// only what reads them changes.
func (c *columns) merge(g *statistics.Gram, group int, weights []float64, biased bool, strength float64) []float64 {
	moment := g.SecondMoment
	if biased {
		moment = g.Covariance
	}
	m, n := moment(group), g.Cols
	k, outs := len(c.kept), len(c.outs)
	if g.Rows == 0 || k == 0 {
		return nil
	}
	mean := 0.0
	for _, i := range c.kept {
		mean += m[i*n+i] / float64(k)
	}
	if !(mean > 0) {
		return nil
	}
	a, d := make([]float64, k*k), make([]float64, k*outs)
	for i, from := range c.kept {
		for j := i; j < k; j++ {
			a[i*k+j] = m[from*n+c.kept[j]]
		}
		a[i*k+i] += strength * mean
	}
	// The right-hand side is G_KS W_S^T.
	gone := len(c.removed)
	mixed, lost := make([]float64, k*gone), make([]float64, outs*gone)
	for j, s := range c.removed {
		for i, from := range c.kept {
			mixed[i*gone+j] = m[from*n+s]
		}
		for o, out := range c.outs {
			lost[o*gone+j] = weights[out*n+s]
		}
	}
	linalg.AddProduct(linalg.Of(d, k, outs, outs), linalg.Of(mixed, k, gone, gone), linalg.Of(lost, outs, gone, gone).T(), 1)
	f, ok := linalg.Factorize(a, k)
	if !ok {
		return nil
	}
	f.Solve(d, outs)
	if !biased {
		return d
	}
	return append(d, c.shift(g, group, weights, d)...)
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
	try := func(strength float64) (d []float64, after float64) {
		d = p.from(g, c, c.merge(a, 0, weights, p.bias != nil, strength))
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
