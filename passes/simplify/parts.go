package simplify

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// readParts lets a Gather that picks from only one input of a Concat read that input. PyTorch joins the last states of
// all stages of a recurrent stack, and networks pick the last one from there. The Concat would make every stage as wide
// as every other.
var readParts = passes.Pass{
	Name: "parts", Doc: "reads part of a Concat where it comes from", Needs: []passes.Fact{typed}, Breaks: []passes.Fact{folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		changed := false
		for _, n := range m.Graph.Nodes {
			if n.Op != "Gather" || n.Domain != "" || op.Lookup(n) == nil || n.In(0) == nil || n.In(1) == nil || !n.In(1).IsConstant() {
				continue
			}
			part, index, err := gathered(n)
			if err != nil {
				return changed, fmt.Errorf("node %s: %w", n.Label(), err)
			}
			if part != nil {
				n.SetInput(0, part)
				n.SetConstInput(1, index)
				changed = true
			}
		}
		return changed, nil
	},
}

// gathered returns the input of the Concat before n that has all the positions that n picks, and these positions counted
// from its first. It is nil if there is no such input, or no Concat of several inputs.
func gathered(n *graph.Node) (*graph.Value, *graph.Tensor, error) {
	c, _ := n.In(0).Def()
	rank := len(n.In(0).Type.Shape)
	if c == nil || c.Op != "Concat" || c.Domain != "" || c.Graph() != n.Graph() || op.Lookup(c) == nil || len(c.Inputs()) < 2 || rank == 0 {
		return nil, nil, nil
	}
	joined, err := op.DecodeConcat(c, rank)
	if err != nil {
		return nil, nil, err
	}
	axis := n.Int("axis", 0)
	if axis < 0 {
		axis += rank
	}
	index, ok := graph.Ints(n.In(1).Const)
	total, known := n.In(0).Type.Shape[joined].Value()
	if axis != joined || !ok || len(index) == 0 || !known {
		return nil, nil, nil
	}
	from := 0
	for _, v := range c.Inputs() {
		if joined >= len(v.Type.Shape) {
			return nil, nil, nil
		}
		size, known := v.Type.Shape[joined].Value()
		if !known {
			return nil, nil, nil
		}
		if local := within(index, from, from+size, total); local != nil {
			return v, graph.TensorOf(local, n.In(1).Const.Shape()...), nil
		}
		from += size
	}
	return nil, nil, nil
}

// within returns the indices, of an axis of total positions, counted from first. It is nil unless all are between first
// and end.
func within(index []int64, first, end, total int) []int64 {
	local := make([]int64, len(index))
	for i, x := range index {
		at := graph.Saturate(x)
		if at < 0 {
			at += total
		}
		if at < first || at >= end {
			return nil
		}
		local[i] = int64(at - first)
	}
	return local
}
