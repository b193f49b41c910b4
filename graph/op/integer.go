package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// QLinearConv, QLinearMatMul, ConvInteger and MatMulInteger share what follows: products of
// integers that represent their distance from a zero point. A zero in place of a removed operand is
// not the zero point, so the contracted axes are declared as Stat: the proof computes over the kept
// positions.
const standsForZero = "0 is not what stands for zero there"

// centred returns the elements of in[i] less their zero point in[zeroAt]. There is one zero point,
// or one for each position of axis.
func centred(in []*graph.Tensor, i, zeroAt, axis int) (*graph.Tensor, error) {
	v, err := alongAxis(in, zeroAt, in[i].Shape(), axis)
	if err != nil {
		return nil, fmt.Errorf("zero point: %w", err)
	}
	x, ok := packedInts(in[i])
	if !ok || in[i].DType().Bits() > 32 {
		return nil, fmt.Errorf("input %d: elements of type %v are not supported", i, in[i].DType())
	}
	out := make([]float64, len(x))
	for k, e := range x {
		out[k] = float64(e)
		if v != nil {
			out[k] -= v(k)
		}
	}
	return graph.TensorOf(out, in[i].Shape()...), nil
}

// alongAxis returns the number that in[i] has for every element of a tensor of shape dims: one for
// all, or one for each position of axis. It returns nil if in[i] is omitted.
func alongAxis(in []*graph.Tensor, i int, dims []int, axis int) (func(element int) float64, error) {
	if i >= len(in) || in[i] == nil {
		return nil, nil
	}
	v, ok := graph.Floats(in[i])
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", in[i].DType())
	}
	if len(v) == 1 {
		return func(int) float64 { return v[0] }, nil
	}
	if in[i].Rank() != 1 || axis < 0 || axis >= len(dims) || dims[axis] != len(v) {
		return nil, fmt.Errorf("want one number, or one for each position of axis %d of %v, have shape %v", axis, dims, in[i].Shape())
	}
	inner := volume(dims[axis+1:])
	return func(element int) float64 { return v[element/inner%len(v)] }, nil
}

// checkAlong returns the error of alongAxis, as far as the shapes are known.
func checkAlong(n *graph.Node, i int, x graph.Shape, axis int, name string) error {
	s := inShape(n, i)
	if s == nil || s.Elems().Is(1) || x == nil {
		return nil
	}
	if len(s) != 1 || axis < 0 || axis >= len(x) || s[0].Known() && x[axis].Known() && s[0] != x[axis] {
		return fmt.Errorf("%s: want one number, or one for each position of axis %d of %v, have shape %v", name, axis, x, s)
	}
	return nil
}

// coupleAlong links the vector at input i with the axis that it has numbers for.
func coupleAlong(c *Coupling, n *graph.Node, i int, axis Axis) {
	if s := inShape(n, i); len(s) == 1 && !s[0].Is(1) {
		c.link(In(i, 0), axis)
	}
}

// requantized rounds real numbers, which count steps of the scale in[at], and adds the zero point
// in[at+1], in the element type of the latter.
func requantized(y []float64, dims []int, in []*graph.Tensor, at int) ([]*graph.Tensor, error) {
	if _, _, err := scalarOf(in, at+1, "y_zero_point"); err != nil {
		return nil, err
	}
	d := in[at+1].DType()
	zero, _ := packedInts(in[at+1])
	if len(zero) != 1 || d.Bits() > 32 {
		return nil, fmt.Errorf("output of type %v is not supported", d)
	}
	lo, hi := quantizedRange(d)
	out := make([]int64, len(y))
	for i, x := range y {
		out[i] = quantize(x, 1, float64(zero[0]), lo, hi)
	}
	t, err := packInts(d, out, dims)
	return []*graph.Tensor{t}, err
}

// wholes returns exact sums of integers as int32, which wraps around.
func wholes(t *graph.Tensor) ([]*graph.Tensor, error) {
	v, _ := graph.Floats(t)
	y := make([]int32, len(v))
	for i, x := range v {
		y[i] = int32(int64(x))
	}
	return []*graph.Tensor{graph.TensorOf(y, t.Shape()...)}, nil
}
