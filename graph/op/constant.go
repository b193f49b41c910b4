package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Constant", Doc: "fixed contents; https://onnx.ai/onnx/operators/onnx__Constant.html",
		Since: 1, Until: Latest, MinIn: 0, MaxIn: 0, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			if n.Attr("sparse_value") != nil {
				return []graph.Type{{}}, nil // what the file declares
			}
			t, err := constantOf(n)
			if err != nil {
				return nil, err
			}
			return []graph.Type{graph.TypeOf(t)}, nil
		},
		Couple: coupleConstant, Resize: resizeConstant,
		Eval: func(n *graph.Node, _ []*graph.Tensor) ([]*graph.Tensor, error) {
			t, err := constantOf(n)
			return []*graph.Tensor{t}, err
		},
	})
}

// constantOf returns the contents, whichever of the attributes states them.
func constantOf(n *graph.Node) (*graph.Tensor, error) {
	for _, a := range n.Attrs {
		switch {
		case a.Name == "sparse_value":
			return nil, fmt.Errorf("sparse_value: sparse tensors are not supported")
		case a.Name == "value" && a.Kind == graph.AttrTensor && a.Tensor != nil:
			return a.Tensor, nil
		case a.Name == "value_int" && a.Kind == graph.AttrInt:
			return graph.TensorOf([]int64{a.Int}), nil
		case a.Name == "value_ints" && a.Kind == graph.AttrInts:
			return graph.TensorOf(append([]int64{}, a.Ints...), len(a.Ints)), nil
		case a.Name == "value_float" && a.Kind == graph.AttrFloat:
			return graph.TensorOf([]float32{a.Float}), nil
		case a.Name == "value_floats" && a.Kind == graph.AttrFloats:
			return graph.TensorOf(append([]float32{}, a.Floats...), len(a.Floats)), nil
		case a.Name == "value_string" && a.Kind == graph.AttrString:
			return graph.TensorOf([]string{a.String}), nil
		case a.Name == "value_strings" && a.Kind == graph.AttrStrings:
			return graph.TensorOf(append([]string{}, a.Strings...), len(a.Strings)), nil
		}
	}
	return nil, fmt.Errorf("want one of the attributes value, value_int, value_ints, value_float, value_floats, value_string, value_strings")
}

func coupleConstant(n *graph.Node) (c Coupling, err error) {
	if n.Attr("sparse_value") != nil {
		pinOutput(&c, n, 0, "sparse tensors are not cut")
		return c, nil
	}
	for d, extent := range n.Out(0).Type.Shape {
		c.free(Out(0, d), extent)
	}
	return c, nil
}

// resizeConstant takes the kept positions out of the contents.
func resizeConstant(n *graph.Node, kept Kept) error {
	t, err := constantOf(n)
	if err != nil {
		return err
	}
	cut := false
	for axis := range t.Shape() {
		if k := kept(Out(0, axis)); k != nil {
			if t, err = takeAxis(t, axis, k); err != nil {
				return err
			}
			cut = true
		}
	}
	if cut {
		n.Attrs = []*graph.Attr{graph.TensorAttr("value", t)}
	}
	return nil
}

// takeAxis copies positions of one axis of t.
func takeAxis(t *graph.Tensor, axis int, positions []int) (*graph.Tensor, error) {
	dims := append([]int{}, t.Shape()...)
	inner, old := volume(dims[axis+1:]), dims[axis]
	dims[axis] = len(positions)
	return arrange(t.DType(), dims, func(i int) (*graph.Tensor, int) {
		rest, within := i/inner, i%inner
		outer, p := rest/len(positions), rest%len(positions)
		return t, (outer*old+positions[p])*inner + within
	})
}
