package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Unsqueeze", Doc: "new axes of extent 1; https://onnx.ai/onnx/operators/onnx__Unsqueeze.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferUnsqueeze, Couple: coupleUnsqueeze, Grad: gradReshaped, Eval: evalUnsqueeze,
	})
}

// unsqueezed returns, for every output axis, the input axis that it is, or -1 for a new one.
func unsqueezed(axes []int, rank int) ([]int, error) {
	axes, err := normalAxes(axes, rank+len(axes))
	if err != nil {
		return nil, err
	}
	from := make([]int, rank+len(axes))
	next := 0
	for d := range from {
		if slices.Contains(axes, d) {
			from[d] = -1
		} else {
			from[d] = next
			next++
		}
	}
	return from, nil
}

func inferUnsqueeze(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	axes, stated, known := axesStated(n)
	if !stated {
		return nil, fmt.Errorf("axes: missing")
	}
	if x.Shape == nil || !known {
		t := graph.Type{DType: x.DType}
		if count, counted := elemCount(n, 1); counted && x.Shape != nil {
			t.Shape = unknownShape(len(x.Shape) + count)
		}
		return []graph.Type{t}, nil
	}
	from, err := unsqueezed(axes, len(x.Shape))
	if err != nil {
		return nil, err
	}
	out := make(graph.Shape, len(from))
	for d, f := range from {
		if out[d] = graph.Size(1); f >= 0 {
			out[d] = x.Shape[f]
		}
	}
	return []graph.Type{withElems(graph.TensorType(x.DType, out), flatElems(n, 0))}, nil
}

func coupleUnsqueeze(n *graph.Node) (c Coupling, err error) {
	axes, _, known := axesStated(n)
	if !known {
		return c, fmt.Errorf("which axes are new is known at run time only")
	}
	from, err := unsqueezed(axes, len(inShape(n, 0)))
	for d, f := range from {
		if f >= 0 {
			c.link(In(0, f), Out(0, d))
		}
	}
	pinInput(&c, n, 1, isParameter)
	return c, err
}

func evalUnsqueeze(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axes := n.Ints("axes")
	if n.Version >= 13 {
		var err error
		if axes, err = intsOf(in, 1); err != nil {
			return nil, err
		}
	}
	from, err := unsqueezed(axes, in[0].Rank())
	if err != nil {
		return nil, err
	}
	dims := make([]int, len(from))
	for d, f := range from {
		if dims[d] = 1; f >= 0 {
			dims[d] = in[0].Shape()[f]
		}
	}
	return evalReshaped(in[0], dims)
}
