package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GatherElements", Doc: "elements at given positions along axis; https://onnx.ai/onnx/operators/onnx__GatherElements.html",
		Since: 11, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     positionsAlong(1, axisAttribute),
		Infer:     inferGatherElements, Eval: evalGatherElements,
	})
}

func inferGatherElements(n *graph.Node) ([]graph.Type, error) {
	x, index := inShape(n, 0), inShape(n, 1)
	if x != nil && index != nil && len(x) != len(index) {
		return nil, fmt.Errorf("indices: want %d axes, have shape %v", len(x), index)
	}
	if x != nil {
		if _, err := normalAxis(n.Int("axis", 0), len(x)); err != nil {
			return nil, err
		}
	}
	return []graph.Type{graph.TensorType(inType(n, 0).DType, index)}, nil
}

func evalGatherElements(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axis, err := normalAxis(n.Int("axis", 0), in[0].Rank())
	if err != nil {
		return nil, err
	}
	from, err := elementsAlong(in[1], in[0].Shape(), axis)
	if err != nil {
		return nil, err
	}
	t, err := pick(in[0], from, in[1].Shape())
	return []*graph.Tensor{t}, err
}
