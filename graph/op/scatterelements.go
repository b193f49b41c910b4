package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "ScatterElements", Doc: "a copy with elements at given positions along axis replaced or combined; https://onnx.ai/onnx/operators/onnx__ScatterElements.html",
		Since: 11, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     positionsAlong(1, axisAttribute),
		Infer:     inferScatterElements, Eval: evalScatterElements,
	}
	register(d)
	d.Name, d.Doc = "Scatter", "the former name of ScatterElements; https://onnx.ai/onnx/operators/onnx__Scatter.html"
	d.Since, d.Until = 9, Latest
	register(d)
}

func inferScatterElements(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil {
		if _, err := normalAxis(n.Int("axis", 0), len(x)); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func evalScatterElements(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axis, err := normalAxis(n.Int("axis", 0), in[0].Rank())
	if err != nil {
		return nil, err
	}
	if !slices.Equal(in[1].Shape(), in[2].Shape()) {
		return nil, fmt.Errorf("indices of shape %v and updates of %v do not go together", in[1].Shape(), in[2].Shape())
	}
	at, err := elementsAlong(in[1], in[0].Shape(), axis)
	if err != nil {
		return nil, err
	}
	t, err := scatterAt(n, in[0], in[2], at)
	return []*graph.Tensor{t}, err
}
