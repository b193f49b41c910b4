package figures

import (
	"context"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Count returns the parameters of a model, its multiply-accumulates for one sample, and its nodes.
// A symbolic dimension counts as dims says, else as 1. Operators without a definition, and those
// whose extents stay unknown, count as no work. Extents that depend on shape arithmetic become
// known once that is folded.
func Count(m *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	return CountSimplified(m, nil, dims)
}

// CountSimplified is like Count. simplified is m with its shape arithmetic folded, or nil to fold
// it here.
func CountSimplified(m, simplified *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	if c, err := canonical.Inline(context.Background(), m); err == nil {
		m = c
	}
	bound := func(m *graph.Model) *graph.Model {
		c, _ := m.Clone()
		budget.Bind(c.Graph, dims)
		return c
	}
	c := bound(m)
	params, nodes = CountWeights(c.Graph)
	macs, all := countWork(c.Graph)
	if all {
		return params, macs, nodes
	}
	if simplified != nil {
		c = bound(simplified)
	} else if err := passes.Run(context.Background(), c, simplify.All()); err != nil {
		return params, macs, nodes
	}
	macs, _ = countWork(c.Graph)
	return params, macs, nodes
}

// countWork returns the multiply-accumulates of g; all is false if it had to leave out an operator
// that takes some.
func countWork(g *graph.Graph) (macs int64, all bool) {
	all = true
	for _, n := range g.Nodes {
		// An operator that cannot be inferred hides only the cost of those that follow.
		if err := op.Infer(n); err != nil {
			all = false
			continue
		}
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			k, known := d.Cost(n).MACs.Int64()
			if all = all && known; known {
				macs += k
			}
		}
	}
	return macs, all
}

// CountWeights counts the elements of constants that some node reads as weights, and the nodes,
// subgraphs included. A Constant node counts as weights, not as a node.
func CountWeights(g *graph.Graph) (params int64, nodes int) {
	eachWeight(g, func(t *graph.Tensor) { params += int64(t.Len()) })
	return params, countNodes(g)
}

func countNodes(g *graph.Graph) int {
	nodes := len(g.Nodes)
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			nodes += countNodes(sub)
		}
	}
	return nodes
}
