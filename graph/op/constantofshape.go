package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "ConstantOfShape", Doc: "one value everywhere; https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     atLeastOne(0),
		Infer:     inferConstantOfShape, Couple: coupleConstantOfShape,
		Resize: func(n *graph.Node, kept Kept) error { return resizeStated(n, 0, kept) },
		Eval:   evalConstantOfShape,
	})
}

// fillOf returns the one element that ConstantOfShape repeats: a float zero by default.
func fillOf(n *graph.Node) (*graph.Tensor, error) {
	a := n.Attr("value")
	if a == nil {
		return graph.NewTensor(graph.Float32, 1), nil
	}
	if a.Kind != graph.AttrTensor || a.Tensor == nil || a.Tensor.Len() != 1 {
		return nil, fmt.Errorf("value: want a tensor of one element")
	}
	return a.Tensor, nil
}

func inferConstantOfShape(n *graph.Node) ([]graph.Type, error) {
	fill, err := fillOf(n)
	if err != nil {
		return nil, err
	}
	shape, err := statedShape(n, 0)
	if err != nil {
		return nil, err
	}
	t := graph.TensorType(fill.DType(), shape)
	if v, ok := graph.Ints(fill); ok {
		if count, few := fewElements(shape); few {
			t = withElems(t, slices.Repeat([]graph.Dim{graph.Size64(v[0])}, count))
		}
	}
	return []graph.Type{t}, nil
}

// statedShape returns the shape whose extents are the elements of input i, or nil if not even the
// rank is known.
func statedShape(n *graph.Node, i int) (graph.Shape, error) {
	count, known := elemCount(n, i)
	if !known {
		return nil, nil
	}
	shape := unknownShape(count)
	for d, e := range inputElems(n, i) {
		if v, known := e.Value(); known && v < 0 {
			return nil, fmt.Errorf("input %d: want no negative extents, have %v", i, e)
		}
		shape[d] = e
	}
	return shape, nil
}

func coupleConstantOfShape(n *graph.Node) (c Coupling, err error) {
	pinInput(&c, n, 0, isParameter)
	for d, extent := range n.Out(0).Type.Shape {
		if fixed(n, 0) {
			c.free(Out(0, d), extent)
		} else {
			c.pinAxis(Out(0, d), "its extent is computed at run time")
		}
	}
	return c, nil
}

// resizeStated rewrites constant input i, which lists the extents of output 0, after a cut.
func resizeStated(n *graph.Node, i int, kept Kept) error {
	extents, ok := inputInts(n, i)
	if !ok {
		return nil
	}
	cut := false
	for d := range extents {
		if k := kept(Out(0, d)); k != nil {
			extents[d], cut = len(k), true
		}
	}
	if !cut {
		return nil
	}
	return setInts(n, i, extents)
}

func evalConstantOfShape(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	fill, err := fillOf(n)
	if err != nil {
		return nil, err
	}
	dims, err := intsOf(in, 0)
	if err != nil {
		return nil, err
	}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	t, err := arrange(fill.DType(), dims, func(int) (*graph.Tensor, int) { return fill, 0 })
	return []*graph.Tensor{t}, err
}
