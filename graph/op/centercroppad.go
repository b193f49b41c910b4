package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "CenterCropPad", Doc: "axes cut or padded to other extents around their middle; https://onnx.ai/onnx/operators/onnx__CenterCropPad.html",
		Since: 18, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferCenterCropPad, Couple: coupleCenterCropPad, Eval: evalCenterCropPad,
	})
}

// centredAxes returns the axes in the order in which input 1 lists their extents.
func centredAxes(n *graph.Node, rank int) ([]int, error) {
	axes := n.Ints("axes")
	if axes == nil {
		for d := range rank {
			axes = append(axes, d)
		}
		return axes, nil
	}
	if _, err := normalAxes(axes, rank); err != nil {
		return nil, err
	}
	for i, a := range axes {
		axes[i], _ = normalAxis(a, rank)
	}
	return axes, nil
}

func inferCenterCropPad(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	axes, err := centredAxes(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	if count, known := elemCount(n, 1); known && count != len(axes) {
		return nil, fmt.Errorf("shape: want %d extents, have %d", len(axes), count)
	}
	out, extents := x.Shape.Clone(), inputElems(n, 1)
	for i, a := range axes {
		if out[a] = graph.Unknown; extents != nil {
			out[a] = extents[i]
		}
		if v, known := out[a].Value(); known && v < 0 {
			return nil, fmt.Errorf("shape: want no negative extents, have %v", extents)
		}
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

// coupleCenterCropPad couples the axes that are not listed and pins the others.
func coupleCenterCropPad(n *graph.Node) (c Coupling, err error) {
	rank := len(inShape(n, 0))
	axes, err := centredAxes(n, rank)
	if err != nil {
		return c, err
	}
	pinInput(&c, n, 1, isParameter)
	for d := range rank {
		if !slices.Contains(axes, d) {
			c.link(In(0, d), Out(0, d))
			continue
		}
		c.pinAxis(In(0, d), "its middle is kept")
		c.pinAxis(Out(0, d), "its middle is kept")
	}
	return c, nil
}

func evalCenterCropPad(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	axes, err := centredAxes(n, x.Rank())
	if err != nil {
		return nil, err
	}
	extents, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	if len(extents) != len(axes) {
		return nil, fmt.Errorf("shape: want %d extents, have %d", len(axes), len(extents))
	}
	dims, shift := slices.Clone(x.Shape()), make([]int, x.Rank()) // position p of the output is p + shift of the input
	for i, a := range axes {
		dims[a] = extents[i]
		if shift[a] = (x.Shape()[a] - extents[i]) / 2; extents[i] > x.Shape()[a] {
			shift[a] = -((extents[i] - x.Shape()[a]) / 2)
		}
	}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	at := make([]int, len(dims))
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		for d := range at {
			if at[d] += shift[d]; at[d] < 0 || at[d] >= x.Shape()[d] {
				return nil, 0
			}
		}
		return x, ravel(at, x.Shape())
	})
	return []*graph.Tensor{t}, err
}
