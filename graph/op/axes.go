package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// normalAxis converts an axis of a tensor of that rank, which may be negative, to one counted from 0.
func normalAxis(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("axis: want %d to %d, have %d", -rank, rank-1, axis)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

// normalAxes converts a list of axes and rejects duplicates. The result is ascending.
func normalAxes(axes []int, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for i, a := range axes {
		n, err := normalAxis(a, rank)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, fmt.Errorf("axes: %v has duplicates", axes)
	}
	return out, nil
}

// inputElems returns what is known of the elements of integer input i, or nil if nothing is.
func inputElems(n *graph.Node, i int) []graph.Dim {
	v := n.In(i)
	if v == nil {
		return nil
	}
	return v.Elems()
}

// inputInts returns the elements of integer input i if all are known numbers.
func inputInts(n *graph.Node, i int) ([]int, bool) {
	elems := inputElems(n, i)
	if elems == nil {
		return nil, false
	}
	out := make([]int, len(elems))
	for i, d := range elems {
		v, ok := d.Value()
		if !ok {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// inShape returns the shape of input i, or nil if the input is omitted or its rank unknown.
func inShape(n *graph.Node, i int) graph.Shape {
	if v := n.In(i); v != nil {
		return v.Type.Shape
	}
	return nil
}

// inType returns the type of input i, or the zero Type if it is omitted.
func inType(n *graph.Node, i int) graph.Type {
	if v := n.In(i); v != nil {
		return v.Type
	}
	return graph.Type{}
}

// unknownShape returns a shape of that rank with every extent unknown.
func unknownShape(rank int) graph.Shape {
	s := make(graph.Shape, rank)
	for i := range s {
		s[i] = graph.Unknown
	}
	return s
}

// broadcastShapes returns the shape that multidirectional broadcasting gives
// (https://onnx.ai/onnx/repo-docs/Broadcasting.html), or nil if a rank is unknown.
func broadcastShapes(shapes ...graph.Shape) (graph.Shape, error) {
	rank := 0
	for _, s := range shapes {
		if s == nil {
			return nil, nil
		}
		rank = max(rank, len(s))
	}
	out := graph.ShapeOf(make([]int, rank)...)
	for i := range out {
		out[i] = graph.Size(1)
	}
	for _, s := range shapes {
		for i, d := range s {
			at := rank - len(s) + i
			switch e := out[at]; {
			case d.Is(1) || e.Equal(d):
			case e.Is(1):
				out[at] = d
			case e.Known() && d.Known():
				return nil, fmt.Errorf("shapes %v do not broadcast: %v against %v", shapes, e, d)
			case e.Known(): // d must turn out to be 1 or e
			case d.Known():
				out[at] = d
			default:
				out[at] = broadcastSymbols(e, d)
			}
		}
	}
	return out, nil
}

// broadcastSymbols returns the result of broadcasting two extents that are not numbers: they are equal, or one is 1. If
// one is part of the other, the result is the other.
func broadcastSymbols(a, b graph.Dim) graph.Dim {
	if whole, ok := slicedOf(a); ok && whole.Equal(b) {
		return b
	}
	if whole, ok := slicedOf(b); ok && whole.Equal(a) {
		return a
	}
	if b.String() < a.String() {
		a, b = b, a
	}
	return graph.Derived("broadcast(%s,%s)", a, b)
}

// broadcastsTo reports an error unless s broadcasts to x without widening it.
func broadcastsTo(s, x graph.Shape) error {
	b, err := broadcastShapes(x, s)
	if err != nil || len(b) != len(x) {
		return fmt.Errorf("shape %v does not broadcast to %v", s, x)
	}
	for d := range b {
		if x[d].Is(1) && !b[d].Is(1) {
			return fmt.Errorf("shape %v does not broadcast to %v", s, x)
		}
	}
	return nil
}

// acceptBroadcast rejects a form of broadcasting that ended with opset 7: the last input aligned with an axis of the
// first other than its end.
func acceptBroadcast(n *graph.Node) error {
	if n.Version >= 7 || n.Attr("axis") == nil || n.Int("broadcast", 0) == 0 {
		return nil
	}
	a, b := inShape(n, 0), inShape(n, 1)
	if axis := n.Int("axis", 0); a == nil || b == nil || axis != len(a)-len(b) {
		return fmt.Errorf("axis: input 1 of shape %v at axis %d of input 0 of shape %v is not supported, only at its last axes", b, axis, a)
	}
	return nil
}

// coupleBroadcast couples axes of broadcast inputs with those of output out. Positions are the same if the extents are,
// an extent of 1 couples nothing, and what could be either at run time is pinned.
func coupleBroadcast(c *Coupling, n *graph.Node, out int, inputs ...int) {
	o := n.Out(out)
	if o == nil {
		return
	}
	shape := o.Type.Shape
	for _, i := range inputs {
		s := inShape(n, i)
		for d := range s {
			at := len(shape) - len(s) + d
			switch {
			case s[d].Is(1):
			case s[d].Equal(shape[at]):
				c.link(In(i, d), Out(out, at))
			default:
				c.pinAxis(In(i, d), "whether it broadcasts is known at run time only")
				c.pinAxis(Out(out, at), "whether it broadcasts is known at run time only")
			}
		}
	}
}

// coupleAll links every axis of input i with the same axis of output o.
func coupleAll(c *Coupling, n *graph.Node, i, o int) {
	for d := range inShape(n, i) {
		c.link(In(i, d), Out(o, d))
	}
}
