package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "ConcatFromSequence", Doc: "the tensors of a sequence side by side; https://onnx.ai/onnx/operators/onnx__ConcatFromSequence.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferConcatFromSequence, Eval: evalConcatFromSequence,
	})
}

func inferConcatFromSequence(n *graph.Node) ([]graph.Type, error) {
	t, length, err := sequenceType(n, 0)
	if err != nil {
		return nil, err
	}
	item := t.ItemType()
	if n.Int("new_axis", 0) != 0 {
		return []graph.Type{stacked(item, length, n.Int("axis", 0))}, nil
	}
	if item.Shape == nil {
		return []graph.Type{graph.TensorType(item.DType, nil)}, nil
	}
	axis, err := concatAxis(n, len(item.Shape))
	if err != nil {
		return nil, err
	}
	shape := item.Shape.Clone()
	shape[axis] = shape[axis].Mul(length)
	return []graph.Type{graph.TensorType(item.DType, shape)}, nil
}

func evalConcatFromSequence(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	items, err := itemsOf(in, 0)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("the sequence is empty")
	}
	if err := itemKinds(items); err != nil {
		return nil, err
	}
	if n.Int("new_axis", 0) == 0 {
		return evalConcat(n, items)
	}
	t, err := stack(items, n.Int("axis", 0))
	return []*graph.Tensor{t}, err
}
