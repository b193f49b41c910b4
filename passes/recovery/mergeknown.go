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
		e, before := c.energies(judge, full, bias, nil)
		energy += e
		after, best := before, []float64(nil)
		for _, s := range tried {
			d := c.merge(learnt, c.group, full, p.bias != nil, s)
			if !finite(d) {
				continue
			}
			if _, x := c.energies(judge, full, bias, d); x < after {
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

// energies returns the mean energy of the group's outputs in the original, and that of the
// difference to them once the removed columns are gone and the weights of the others have changed
// by d.
func (c *columns) energies(g *statistics.Gram, weights, bias, d []float64) (energy, apart float64) {
	outs := len(c.outs)
	full, left := make([]float64, outs*g.Cols), make([]float64, outs*g.Cols)
	shifts, rest := make([]float64, outs), make([]float64, outs)
	for o, out := range c.outs {
		copy(full[o*g.Cols:][:g.Cols], weights[out*g.Cols:])
		row := left[o*g.Cols:][:g.Cols]
		copy(row, full[o*g.Cols:])
		if bias != nil {
			shifts[o] = bias[out]
		}
		for i, k := range c.kept {
			row[k] = 0
			if d != nil {
				row[k] = -d[i*outs+o]
			}
		}
		if d != nil && bias != nil {
			rest[o] = -d[len(c.kept)*outs+o]
		}
	}
	m := g.SecondMoment(c.group)
	return c.square(g, m, full, shifts), c.square(g, m, left, rest)
}

// square returns the sum over outputs of the mean of (v x + shift)^2.
func (c *columns) square(g *statistics.Gram, m, v, shifts []float64) float64 {
	n, outs := g.Cols, len(shifts)
	vm := make([]float64, len(v))
	linalg.AddProduct(linalg.Of(vm, outs, n, n), linalg.Of(v, outs, n, n), linalg.Of(m, n, n, n), 1)
	total := 0.0
	for o, shift := range shifts {
		e := shift * shift
		for i, a := range v[o*n:][:n] {
			e += a * (vm[o*n+i] + 2*shift*g.Sums[c.group][i]/g.Rows)
		}
		total += max(0, e)
	}
	return total
}
