package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Flatten", Doc: "two axes of the product of the others; https://onnx.ai/onnx/operators/onnx__Flatten.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferFlatten,
		Couple: func(n *graph.Node) (c Coupling, err error) {
			coupleReshaped(&c, n)
			return c, nil
		},
		Grad: gradReshaped, Eval: evalFlatten,
	})
}

// flattenAxis returns how many axes are merged into the first one.
func flattenAxis(n *graph.Node, rank int) (int, error) {
	axis := n.Int("axis", 1)
	if axis < 0 && n.Version >= 11 {
		axis += rank
	}
	if axis < 0 || axis > rank {
		return 0, fmt.Errorf("axis: want %d to %d, have %d", -rank, rank, n.Int("axis", 1))
	}
	return axis, nil
}

func inferFlatten(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{graph.TensorType(x.DType, unknownShape(2))}, nil
	}
	axis, err := flattenAxis(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	return []graph.Type{graph.TensorType(x.DType, graph.Shape{x.Shape[:axis].Elems(), x.Shape[axis:].Elems()})}, nil
}

func evalFlatten(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	dims := in[0].Shape()
	axis, err := flattenAxis(n, len(dims))
	if err != nil {
		return nil, err
	}
	return evalReshaped(in[0], []int{volume(dims[:axis]), volume(dims[axis:])})
}
