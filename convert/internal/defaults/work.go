package defaults

import (
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// affordableSynthetic returns how many made-up inputs stay within the bound on work, at least
// minSynthetic, or 0 if those take more than mostOver times as much, and the work that they take.
func affordableSynthetic(m *graph.Model, dims map[string]int, bound float64) (count int, work float64) {
	c, _ := m.Clone()
	budget.Bind(c.Graph, dims)
	if err := op.InferGraph(c.Graph); err != nil {
		return minSynthetic, 0
	}
	each := float64(samples.BatchOf(m).Step()) // Bind set a batch that is not fixed to one
	for count = samples.SyntheticCount; count >= minSynthetic; count /= 2 {
		if work = workOf(c.Graph, float64(count)/each); work <= bound {
			return count, work
		}
	}
	if work <= mostOver*bound {
		return minSynthetic, work
	}
	return 0, work
}

// workOf estimates the multiply-accumulates of choosing and repairing with the given number of runs
// of g.
func workOf(g *graph.Graph, runs float64) float64 {
	work := 0.0
	for _, n := range g.Nodes {
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			if k, known := d.Cost(n).MACs.Int64(); known {
				work += runsPerSample * runs * float64(k)
			}
		}
		l := linear.Of(n)
		if l == nil {
			continue
		}
		outs, known := n.Out(0).Type.Shape.Elems().Value()
		if cols := float64(l.Cols); known && cols <= statistics.MaxColumns {
			read := statistics.GramSampling.Rows(l.Cols) + statistics.RepairSampling.Rows(l.Cols)
			rows := min(runs*float64(outs)/float64(max(1, l.Groups*l.Outs)), float64(read))
			work += float64(l.Groups) * cols * cols * (rows + solveCubes*cols)
		}
	}
	return work
}
