package recovery

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// mergeKnown merges from the statistics of the original alone: no network runs. It leaves nodes
// alone whose inputs have no Gram matrix.
func mergeKnown(ctx context.Context, in Input) ([]Repair, error) {
	w := &walker{Input: in, way: way{columns: statistics.MaxColumns}}
	problems := make([]*problem, len(in.Cut.Graph.Nodes)) // nil if there are no statistics
	for i, n := range in.Cut.Graph.Nodes {
		problems[i] = w.known(n, counterpart(in.Original.Graph, n))
	}
	// Nodes do not depend on each other. What they learn is written once all have learnt.
	found, errs := make([]merged, len(problems)), make([]error, len(problems))
	var mu sync.Mutex
	done := 0
	passes.Parallel(in.Threads, len(problems), func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil && problems[i] != nil {
			found[i], errs[i] = problems[i].mergeAll(in.Statistics.Gram(problems[i].full), in.Held.Gram(problems[i].full))
		}
		mu.Lock()
		defer mu.Unlock()
		if done++; in.Progress != nil {
			in.Progress(done, len(problems))
		}
	})
	var repairs []Repair
	for i, m := range found {
		p := problems[i]
		if errs[i] != nil {
			return nil, fmt.Errorf("node %s: %w", in.Cut.Graph.Nodes[i].Label(), errs[i])
		}
		if m.repair == nil {
			continue
		}
		if m.repair.Taken {
			p.Write(m.weights, m.bias)
		}
		repairs = append(repairs, *m.repair)
	}
	return repairs, nil
}

// merged is the result of merging for a node. Without a repair the node is unchanged.
type merged struct {
	repair        *Repair
	weights, bias []float64
}

// known returns n as a problem for which there are statistics, or nil if there are none.
func (w *walker) known(n, o *graph.Node) *problem {
	if o == nil {
		return nil
	}
	l, full := linear.Of(n), linear.Of(o)
	if l == nil || full == nil || l.Opaque || full.Opaque || l.HasBias != full.HasBias || w.Statistics.Gram(full) == nil {
		return nil
	}
	return &problem{
		walker: w, Map: l, full: full, counterpart: o, weights: l.Weights(), bias: l.Bias(), whole: true,
		kept: w.Analysis.Kept(w.Plan, o.Out(0), full.Out),
	}
}

// mergeAll merges every group with removed columns. It learns from g or, if some of it is held out, from the rest. It
// writes nothing.
func (p *problem) mergeAll(g, held *statistics.Gram) (merged, error) {
	full, bias := p.full.Weights(), p.full.Bias()
	if g.Cols != p.full.Cols || len(g.Sums) != p.full.Groups {
		return merged{}, fmt.Errorf("statistics of %d groups of %d columns, want %d of %d", len(g.Sums), g.Cols, p.full.Groups, p.full.Cols)
	}
	if g.Rows == 0 {
		return merged{}, nil
	}
	learnt, judge, tried := g, g, []float64{mergeStrength}
	r := &Repair{Node: p.Node.Title()}
	weights, shifted := slices.Clone(p.weights), slices.Clone(p.bias)
	energy := 0.0
	for k := range p.Groups {
		c := p.columns(k)
		if c == nil || len(c.removed) == 0 {
			continue
		}
		if held != nil && held.Rows > 0 && judge != held { // not for a node that lost no column
			learnt, judge, tried = g.Without(held), held, strengths
		}
		on := c.judging(judge, full, bias)
		energy += on.energy
		before := on.apart(nil)
		after, best := before, []float64(nil)
		m := c.merging(learnt, c.group, full, p.bias != nil)
		for _, s := range tried {
			d := m.change(s)
			if !finite(d) {
				continue
			}
			if x := on.apart(d); x < after {
				after, best = x, d
			}
		}
		if best != nil {
			p.change(weights, shifted, k, p.from(k, c, best))
			r.Taken = true
		}
		r.Before, r.After = r.Before+before, r.After+after
	}
	if r.Before <= drifted*energy && !r.Taken {
		return merged{}, nil
	}
	r.relate(energy)
	return merged{r, weights, shifted}, nil
}

// judging measures by a Gram matrix what is missing of a group's outputs once the removed columns are gone and the
// weights of the others have changed: W_S x_S + b - D x_K - d.
type judging struct {
	c      *columns
	energy float64   // the mean energy of the group's outputs in the original
	biased bool      // the outputs have biases, and a change has a last row for them
	gone   float64   // the energy of W_S x_S
	within []float64 // M_KK
	mixed  []float64 // M_KS W_S^T: a row for each kept column
	lost   []float64 // the means of W_S x_S
	means  []float64 // of the kept columns
}

// judging prepares the measurement by what g knows of the group's columns. bias is nil if there is none.
func (c *columns) judging(g *statistics.Gram, weights, bias []float64) *judging {
	n, k, outs := g.Cols, len(c.kept), len(c.outs)
	m := g.SecondMoment(c.group)
	lost := c.gone(weights, n)
	j := &judging{c: c, biased: bias != nil, within: make([]float64, k*k), mixed: c.mixed(m, n, lost), lost: make([]float64, outs)}
	for i, from := range c.kept {
		for l, to := range c.kept {
			j.within[i*k+l] = m[from*n+to]
		}
		j.means = append(j.means, g.Sums[c.group][from]/g.Rows)
	}
	gone := len(c.removed)
	among := make([]float64, gone*gone)
	for i, from := range c.removed {
		for l, to := range c.removed {
			among[i*gone+l] = m[from*n+to]
		}
		for o := range outs {
			j.lost[o] += lost.Data[o*gone+i] * g.Sums[c.group][from] / g.Rows
		}
	}
	all := make([]float64, outs*n)
	for o, out := range c.outs {
		copy(all[o*n:][:n], weights[out*n:])
		if bias != nil {
			mean := 0.0
			for i, w := range all[o*n:][:n] {
				mean += w * g.Sums[c.group][i] / g.Rows
			}
			j.energy += bias[out] * (bias[out] + 2*mean)
		}
	}
	j.energy = max(0, j.energy+square(linalg.Of(all, outs, n, n), m))
	j.gone = square(lost, among)
	return j
}

// apart returns the mean energy of what is missing with the change d, a row for each kept column and, if the node has a
// bias, one for it; nil changes nothing.
func (j *judging) apart(d []float64) float64 {
	if d == nil {
		return max(0, j.gone)
	}
	k, outs := len(j.c.kept), len(j.c.outs)
	change := linalg.Of(d, k, outs, outs).T()
	total := j.gone + square(change, j.within)
	for i, row := range j.mixed {
		total -= 2 * d[i] * row
	}
	if j.biased {
		for o, shift := range d[k*outs:] {
			mean := j.lost[o]
			for i, m := range j.means {
				mean -= d[i*outs+o] * m
			}
			total += shift * (shift - 2*mean)
		}
	}
	return max(0, total)
}

// square returns the sum over the rows v of a matrix of v m v^T, with m symmetric.
func square(rows linalg.Matrix, m []float64) (total float64) {
	n := rows.Cols
	product := make([]float64, rows.Rows*n)
	linalg.AddProduct(linalg.Of(product, rows.Rows, n, n), rows, linalg.Of(m, n, n, n), 1)
	for o := range rows.Rows {
		for i, x := range product[o*n:][:n] {
			total += x * rows.Data[o*rows.Row+i*rows.Col]
		}
	}
	return total
}
