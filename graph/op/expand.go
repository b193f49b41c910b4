package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Expand", Doc: "broadcasting to a shape; https://onnx.ai/onnx/operators/onnx__Expand.html",
		Since: 8, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     atLeastOne(1),
		Infer:     inferExpand, Couple: coupleExpand, Resize: resizeExpand, Grad: gradExpand, Eval: evalExpand,
	})
}

func inferExpand(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	stated, err := statedShape(n, 1)
	if err != nil {
		return nil, err
	}
	s, err := broadcastShapes(x.Shape, stated)
	if err != nil {
		return nil, err
	}
	return []graph.Type{expandedElems(n, graph.TensorType(x.DType, s))}, nil
}

// expandedElems repeats the only known element of input 0 over a vector.
func expandedElems(n *graph.Node, t graph.Type) graph.Type {
	elems := flatElems(n, 0)
	count, few := fewElements(t.Shape)
	switch {
	case !few:
		return t
	case len(elems) == 1:
		elems = slices.Repeat(elems, count)
	}
	return withElems(t, elems)
}

func coupleExpand(n *graph.Node) (c Coupling, err error) {
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	coupleBroadcast(&c, n, 0, 0)
	pinInput(&c, n, 1, isParameter)
	stated := inputElems(n, 1)
	for d, extent := range out {
		i := d - (len(out) - len(in))
		made := i < 0 || in[i].Is(1)
		s := d - (len(out) - len(stated))
		switch follows := stated != nil && (s < 0 || stated[s].Is(1)); {
		case fixed(n, 1) && made:
			c.free(Out(0, d), extent)
		case !fixed(n, 1) && !extent.Is(1) && !follows:
			c.pinAxis(Out(0, d), "a shape computed at run time states its extent")
		}
	}
	return c, nil
}

// resizeExpand rewrites the extents in the shape. An extent of 1 keeps that of the input.
func resizeExpand(n *graph.Node, kept Kept) error {
	stated, ok := inputInts(n, 1)
	if !ok || !fixed(n, 1) {
		return nil
	}
	offset := len(n.Out(0).Type.Shape) - len(stated)
	cut := false
	for s, v := range stated {
		if k := kept(Out(0, s+offset)); k != nil && v != 1 {
			stated[s], cut = len(k), true
		}
	}
	if !cut {
		return nil
	}
	return setInts(n, 1, stated)
}

func evalExpand(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	want, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	if err := mustFit(want); err != nil {
		return nil, err
	}
	s, err := broadcastShapes(graph.ShapeOf(in[0].Shape()...), graph.ShapeOf(want...))
	if err != nil {
		return nil, err
	}
	dims, _ := s.Ints()
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	t, err := pick(in[0], broadcastIndex(in[0].Shape(), dims), dims)
	return []*graph.Tensor{t}, err
}

func gradExpand(b *Backward) error {
	if b.wants(0) {
		b.set(0, b.unbroadcast(b.grad(0), b.in(0)))
	}
	return nil
}
