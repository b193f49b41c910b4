package simplify

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// absorbGather removes a Gather that puts channels in another order, takes some or repeats them, where a product with
// constant weights reads them: the weights can be in the order that channels have before. Indices would pin the channels.
var absorbGather = passes.Pass{
	Name: "gather", Doc: "puts weights in the order that channels have before a Gather", Needs: []passes.Fact{typed},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		changed := false
		for _, n := range slices.Clone(m.Graph.Nodes) {
			done, err := ungather(m.Graph, n)
			if err != nil {
				return changed, err
			}
			changed = changed || done
		}
		return changed, nil
	},
}

// ungather removes n if it is such a Gather.
func ungather(g *graph.Graph, n *graph.Node) (bool, error) {
	if n.Op != "Gather" || n.Domain != "" || n.In(1) == nil || !n.In(1).IsConstant() || n.In(1).Const.Rank() != 1 || n.In(0).Const != nil {
		return false, nil
	}
	x := n.In(0)
	axis := n.Int("axis", 0)
	if axis < 0 {
		axis += len(x.Type.Shape)
	}
	at, ok := graph.Ints(n.In(1).Const)
	if !ok || axis < 0 || axis >= len(x.Type.Shape) {
		return false, nil
	}
	size, known := x.Type.Shape[axis].Value()
	if !known {
		return false, nil
	}
	for i, k := range at {
		if k < 0 {
			at[i] = k + int64(size)
		}
		if at[i] < 0 || at[i] >= int64(size) {
			return false, nil // evaluation reports it
		}
	}
	reader, chain := readerOf(n.Out(0))
	if reader == nil {
		return false, nil
	}
	columns := contracted(reader, axis)
	if columns < 0 || reader.In(1).Const.Shape()[columns] != len(at) {
		return false, nil
	}
	w, ok := scattered(reader.In(1).Const, columns, at, size)
	if !ok {
		return false, nil
	}
	reader.SetConstInput(1, w)
	g.ReplaceUses(n.Out(0), x)
	for _, v := range chain { // of another extent now
		v.Type.Shape = v.Type.Shape.Clone()
		v.Type.Shape[axis] = graph.Size(size)
	}
	return true, g.Remove(n)
}

// readerOf returns the node that alone reads v, behind nodes that compute each element from one, and what these compute.
func readerOf(v *graph.Value) (*graph.Node, []*graph.Value) {
	var chain []*graph.Value
	for {
		if v == nil || len(v.Uses()) != 1 || v.IsOutput() || v.Uses()[0].Index != 0 {
			return nil, nil
		}
		n := v.Uses()[0].Node
		if n.Graph() != v.Graph() || branchOutputs(v.Graph())[v] {
			return nil, nil
		}
		d := op.Lookup(n)
		if d == nil || !d.Elementwise || len(n.Inputs()) != 1 || n.Out(0) == nil {
			return n, chain
		}
		v = n.Out(0)
		chain = append(chain, v)
	}
}

// contracted returns the axis of the constant weights of n that is summed over with that axis of its first input, or -1.
func contracted(n *graph.Node, axis int) int {
	w := n.In(1)
	if n.Domain != "" || w == nil || !w.IsConstant() {
		return -1
	}
	switch {
	case n.Op == "Conv" && axis == 1 && n.Int("group", 1) == 1 && w.Const.Rank() > 2:
		return 1
	case n.Op == "MatMul" && axis == len(n.In(0).Type.Shape)-1 && w.Const.Rank() == 2:
		return 0
	case n.Op == "Gemm" && axis == 1 && n.Int("transA", 0) == 0 && w.Const.Rank() == 2:
		return min(1, n.Int("transB", 0))
	}
	return -1
}

// scattered returns w with an axis of the given extent: what it has for positions that are gathered from the same one is
// added up.
func scattered(w *graph.Tensor, axis int, at []int64, size int) (*graph.Tensor, bool) {
	old, ok := graph.Floats(w)
	if !ok || !w.DType().IsFloat() {
		return nil, false
	}
	shape := slices.Clone(w.Shape())
	inner, outer := 1, 1
	for i, d := range shape {
		if i < axis {
			outer *= d
		} else if i > axis {
			inner *= d
		}
	}
	shape[axis] = size
	v := make([]float64, outer*size*inner)
	for o := range outer {
		for j, k := range at {
			from, to := old[(o*len(at)+j)*inner:][:inner], v[(o*size+int(k))*inner:][:inner]
			for i, x := range from {
				to[i] += x
			}
		}
	}
	return graph.FromFloats(w.DType(), v, shape...)
}
