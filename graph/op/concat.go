package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Concat", Doc: "tensors side by side; https://onnx.ai/onnx/operators/onnx__Concat.html",
		Since: 4, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferConcat, Couple: coupleConcat, Grad: gradConcat, Eval: evalConcat,
	})
}

func concatAxis(n *graph.Node, rank int) (int, error) {
	if n.Attr("axis") == nil {
		return 0, fmt.Errorf("axis: missing")
	}
	return normalAxis(n.Int("axis", 0), rank)
}

func inferConcat(n *graph.Node) ([]graph.Type, error) {
	t := graph.Type{DType: inType(n, 0).DType}
	var first graph.Shape
	for i := range n.Inputs() {
		s := inShape(n, i)
		if first == nil {
			first = s
		}
		if s != nil && len(s) != len(first) {
			return nil, fmt.Errorf("input %d: want %d axes, have shape %v", i, len(first), s)
		}
	}
	if first == nil {
		return []graph.Type{t}, nil
	}
	axis, err := concatAxis(n, len(first))
	if err != nil {
		return nil, err
	}
	t.Shape = unknownShape(len(first))
	t.Shape[axis] = graph.Size(0)
	for i := range n.Inputs() {
		s := inShape(n, i)
		if s == nil {
			t.Shape[axis] = graph.Unknown
			continue
		}
		for d, e := range s {
			switch have := t.Shape[d]; {
			case d == axis:
				t.Shape[d] = have.Add(e)
			case have.Known() && e.Known() && have != e:
				return nil, fmt.Errorf("input %d: want extent %v on axis %d, have shape %v", i, have, d, s)
			case !have.Known() && (e.Known() || !have.Named()): // a number says more than a symbol
				t.Shape[d] = e
			}
		}
	}
	return []graph.Type{withElems(t, concatElems(n))}, nil
}

// concatElems returns the known elements of vectors side by side.
func concatElems(n *graph.Node) []graph.Dim {
	elems := []graph.Dim{}
	for i := range n.Inputs() {
		count, known := elemCount(n, i)
		if !known || len(elems)+count > graph.MaxElems {
			return nil
		}
		part := flatElems(n, i)
		if part == nil {
			part = unknownShape(count)
		}
		elems = append(elems, part...)
	}
	if !slices.ContainsFunc(elems, graph.Dim.Named) {
		return nil
	}
	return elems
}

func coupleConcat(n *graph.Node) (c Coupling, err error) {
	rank := len(n.Out(0).Type.Shape)
	axis, err := concatAxis(n, rank)
	if err != nil {
		return c, err
	}
	var parts []Axis
	for i := range n.Inputs() {
		s := inShape(n, i)
		for d := range s {
			if d != axis {
				c.link(In(i, d), Out(0, d))
			}
		}
		if axis < len(s) && !s[axis].Is(0) {
			parts = append(parts, In(i, axis))
		}
	}
	if len(parts) > 0 {
		c.Sum = append(c.Sum, Sum{Out(0, axis), parts})
	}
	return c, nil
}

func evalConcat(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	dims := slices.Clone(in[0].Shape())
	axis, err := concatAxis(n, len(dims))
	if err != nil {
		return nil, err
	}
	dims[axis] = 0
	var owner []*graph.Tensor // of every position of the axis
	var within []int
	for i, t := range in {
		if t == nil || t.Rank() != len(dims) {
			return nil, fmt.Errorf("input %d: want %d axes", i, len(dims))
		}
		for d, e := range t.Shape() {
			if d != axis && e != dims[d] {
				return nil, fmt.Errorf("input %d: want extent %d on axis %d, have %d", i, dims[d], d, e)
			}
		}
		for p := range t.Shape()[axis] {
			owner, within = append(owner, t), append(within, p)
		}
	}
	dims[axis] = len(owner)
	inner := volume(dims[axis+1:])
	t, err := arrange(in[0].DType(), dims, func(i int) (*graph.Tensor, int) {
		p := i / inner % len(owner)
		t := owner[p]
		return t, (i/inner/len(owner)*t.Shape()[axis]+within[p])*inner + i%inner
	})
	return []*graph.Tensor{t}, err
}

func gradConcat(b *Backward) error {
	axis, err := concatAxis(b.Node, len(b.dims(b.out(0))))
	if err != nil {
		return err
	}
	at := 0
	for i, x := range b.Node.Inputs() {
		size := b.dims(x)[axis]
		if b.wants(i) {
			b.set(i, b.slice(b.grad(0), axis, at, size))
		}
		at += size
	}
	return nil
}

// slice returns count positions of x along an axis, from first on.
func (b *Backward) slice(x *graph.Value, axis, first, count int) *graph.Value {
	if b.dims(x)[axis] == count {
		return x
	}
	return b.add("Slice", []*graph.Value{x, b.ints(first), b.ints(first + count), b.ints(axis)})
}
