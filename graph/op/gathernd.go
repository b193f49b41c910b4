package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GatherND", Doc: "slices at given tuples of positions; https://onnx.ai/onnx/operators/onnx__GatherND.html",
		Since: 11, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes: func(n *graph.Node, i int) Interval {
			if i != 1 {
				return Any
			}
			return positionsOf(smallest(inShape(n, 0)))
		},
		Infer: inferGatherND, Eval: evalGatherND,
	})
}

func inferGatherND(n *graph.Node) ([]graph.Type, error) {
	x, index := inType(n, 0), inShape(n, 1)
	batch := n.Int("batch_dims", 0)
	if x.Shape == nil || index == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if batch < 0 || batch >= min(len(x.Shape), len(index)) {
		return nil, fmt.Errorf("batch_dims: want 0 to %d, have %d", min(len(x.Shape), len(index))-1, batch)
	}
	width, known := index[len(index)-1].Value()
	if !known {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if width < 1 || batch+width > len(x.Shape) {
		return nil, fmt.Errorf("indices of shape %v do not go with data of shape %v and %d batch axes", index, x.Shape, batch)
	}
	out := append(index[:len(index)-1].Clone(), x.Shape[batch+width:]...)
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

func evalGatherND(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, index, batch := in[0], in[1], n.Int("batch_dims", 0)
	if batch < 0 || batch >= min(x.Rank(), index.Rank()) {
		return nil, fmt.Errorf("batch_dims: want 0 to %d, have %d", min(x.Rank(), index.Rank())-1, batch)
	}
	starts, size, err := slicesAt(index, x.Shape(), batch)
	if err != nil {
		return nil, err
	}
	from := make([]int, 0, len(starts)*size)
	for _, s := range starts {
		for i := range size {
			from = append(from, s+i)
		}
	}
	last := index.Rank() - 1
	dims := append(slices.Clone(index.Shape()[:last]), x.Shape()[batch+index.Shape()[last]:]...)
	t, err := pick(x, from, dims)
	return []*graph.Tensor{t}, err
}
