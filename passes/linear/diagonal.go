package linear

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// diagonal sees a product with a constant vector along one axis: each position of that axis is a group with one
// column, a row is all of x but the axis. Input at of n is the vector w, its other input x. The bias is input bias of n
// where that is not -1, else that of the Add of such a vector right behind n, if any.
func diagonal(n *graph.Node, w *graph.Tensor, at, bias int) *Map {
	x, y := n.In(1-at), n.Out(0)
	if x == nil || x.Const != nil || len(x.Type.Shape) != len(y.Type.Shape) {
		return nil
	}
	axis := vectorAxis(w, len(x.Type.Shape))
	if axis < 0 || !x.Type.Shape[axis].Is(w.Len()) { // else it is x that is repeated
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

// vectorAxis is the one axis, of a value of that rank, along which w differs when it is repeated to the value's shape;
// -1 when there are none or several.
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

// vectorAdd is the Add that alone reads n's output and adds a constant vector of count numbers along the axis, and the
// index of the vector among its inputs; nil when there is none.
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

// normalization sees a node that normalises and then multiplies and adds constant vectors along an axis, its inputs 1 and
// 2: as a diagonal map of the normalised input. Where the statistics run over the axis and some of its positions
// are cut, the others are normalised differently than before, and the best that can be done about it is to fit the vectors
// again.
func normalization(n *graph.Node, scale *graph.Tensor) *Map {
	m := diagonal(n, scale, 1, 2)
	if m != nil {
		m.normal = func(x *graph.Tensor) (*graph.Tensor, error) { return normalised(n, x) }
	}
	return m
}

// normalised is what n makes of x before it multiplies and adds: with ones for the one and zeroes for the other.
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
