package linear

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// diagonal reads a product with a constant vector along one axis as a Map: each position of that axis is a group with
// one column, and a row is all of x but the axis. Input at of n is the vector w, and its other input is x. The bias is
// input bias of n or, if that is -1, the vector that an Add right behind n adds, if there is one.
func diagonal(n *graph.Node, w *graph.Tensor, at, bias int) *Map {
	x, y := n.In(1-at), n.Out(0)
	if x == nil || x.Const != nil || len(x.Type.Shape) != len(y.Type.Shape) {
		return nil
	}
	axis := vectorAxis(w, len(x.Type.Shape))
	if axis < 0 || !x.Type.Shape[axis].Is(w.Len()) { // otherwise it is x that is broadcast
		return nil
	}
	m := &Map{Operand: 1 - at, Groups: w.Len(), Outs: 1, Cols: 1, In: axis, Taps: 1, Out: axis}
	node, from := n, bias
	if from < 0 {
		if node, from = vectorAdd(n, axis, w.Len()); node != nil {
			m.Result = node.Out(0)
		}
	}
	if node != nil && node.In(from) != nil {
		b := Fixed(node, from)
		m.HasBias = b != nil && b.Len() == w.Len() && vectorAxis(b, len(y.Type.Shape)) == axis
		m.Opaque = !m.HasBias
	}
	m.layout = layout{
		weights: func() []float64 { return Floats(n.In(at).Const) },
		bias:    func() []float64 { return Floats(node.In(from).Const) },
		write: func(weights, bias []float64) {
			set(n, at, w.DType(), weights, w.Shape()...)
			if bias != nil {
				b := node.In(from).Const
				set(node, from, b.DType(), bias, b.Shape()...)
			}
		},
	}
	return m
}

// vectorAxis returns the one axis of a value of that rank along which w varies when it is broadcast to the value's
// shape, or -1 if there is none or more than one.
func vectorAxis(w *graph.Tensor, rank int) int {
	axis := -1
	for d, n := range w.Shape() {
		if n == 1 {
			continue
		}
		if axis >= 0 {
			return -1
		}
		axis = d + rank - w.Rank()
	}
	if w.Rank() > rank {
		return -1
	}
	return axis
}

// vectorAdd returns the Add that is the only reader of n's output and adds a constant vector of count numbers along the
// axis, and the index of the vector among its inputs. It is nil if there is none.
func vectorAdd(n *graph.Node, axis, count int) (*graph.Node, int) {
	add := OnlyReader(n.Out(0))
	if add == nil || add.Op != "Add" || add.Domain != "" {
		return nil, 0
	}
	for i := range 2 {
		c := Fixed(add, i)
		if c != nil && add.In(1-i) == n.Out(0) && c.Len() == count && vectorAxis(c, len(n.Out(0).Type.Shape)) == axis {
			return add, i
		}
	}
	return nil, 0
}

// normalization reads a node that normalizes and then multiplies and adds constant vectors along an axis, its inputs 1
// and 2, as a diagonal Map of the normalized input. If the statistics are over the axis and some of its positions are
// cut, the others are normalized differently than before; fitting the vectors again is the best that can be done about
// that.
func normalization(n *graph.Node, scale *graph.Tensor) *Map {
	m := diagonal(n, scale, 1, 2)
	if m != nil {
		m.normal = func(x *graph.Tensor) (*graph.Tensor, error) { return normalised(n, x) }
	}
	return m
}

// normalised returns what n computes before it multiplies and adds: n applied with ones and zeroes.
func normalised(n *graph.Node, x *graph.Tensor) (*graph.Tensor, error) {
	in := []*graph.Tensor{x}
	for i := 1; i < len(n.Inputs()); i++ {
		c := n.In(i)
		if c == nil {
			in = append(in, nil)
			continue
		}
		if c.Const == nil {
			return nil, fmt.Errorf("input %d: want a constant", i)
		}
		t, ok := graph.FromFloats(x.DType(), slices.Repeat([]float64{float64(2 - i)}, c.Const.Len()), c.Const.Shape()...)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
		}
		in = append(in, t)
	}
	d := op.Lookup(n)
	if d == nil {
		return nil, fmt.Errorf("%s", op.Why(n))
	}
	out, err := d.Eval(n, in)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
