package runtime

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// integerProduct is a convolution or a matrix product of integers, by its inputs. With scales the result
// is quantized again.
type integerProduct struct {
	x, xZero, w, wZero     *graph.Value
	xScale, wScale, yScale *graph.Value // nil if the result is int32
	yZero, bias            *graph.Value
}

func productOf(n *graph.Node) integerProduct {
	switch n.Op {
	case "ConvInteger", "MatMulInteger":
		return integerProduct{x: n.In(0), w: n.In(1), xZero: n.In(2), wZero: n.In(3)}
	}
	return integerProduct{x: n.In(0), xScale: n.In(1), xZero: n.In(2), w: n.In(3), wScale: n.In(4), wZero: n.In(5),
		yScale: n.In(6), yZero: n.In(7), bias: n.In(8)}
}

func (w *wholes) convolve(n *graph.Node) (bool, error) {
	p := productOf(n)
	rank := len(n.Out(0).Type.Shape)
	if p.w.Const == nil || p.w.Const.Rank() != rank || rank < 3 {
		return false, nil
	}
	var attrs []*graph.Attr
	for _, a := range n.Attrs {
		if slices.Contains([]string{"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}, a.Name) {
			attrs = append(attrs, a)
		}
	}
	return w.product(n, p, "Conv", 11, 0, 1, attrs)
}

func (w *wholes) multiply(n *graph.Node) (bool, error) {
	p := productOf(n)
	rank := len(n.Out(0).Type.Shape)
	if len(p.x.Type.Shape) < 2 || len(p.w.Type.Shape) < 2 {
		return false, nil
	}
	if p.w.Const == nil {
		return w.product(n, p, "MatMul", 13, -1, rank-1, nil)
	}
	return w.product(n, p, "MatMul", 13, p.w.Const.Rank()-1, rank-1, nil)
}

// product inserts the product of float32 that holds what n computes, if that is exact. Axis is that of the
// weights which has a zero point for each position, or -1 if the weights are computed, and channels that
// of the result which it becomes.
func (w *wholes) product(n *graph.Node, p integerProduct, name string, version, axis, channels int, attrs []*graph.Attr) (bool, error) {
	scales, lo, hi, ok := p.rescaling(n, channels)
	if !ok {
		return false, nil
	}
	x, most, err := w.from(p.x, p.xZero)
	if x == nil || err != nil {
		return false, err
	}
	right, bound, err := w.right(p, axis, most)
	if right == nil || err != nil {
		return false, err
	}
	inputs := []*graph.Value{x, right}
	if p.bias != nil {
		b, largest, ok := w.wholeBias(p.bias)
		if !ok {
			return false, nil
		}
		inputs, bound = append(inputs, b), bound+largest
	}
	if bound >= exact {
		return false, nil
	}
	t := n.Out(0).Type
	t.DType = graph.Float32
	y, err := w.insert(name, "", version, inputs, t, attrs...)
	if err != nil {
		return false, err
	}
	if scales == nil {
		w.held[n.Out(0)] = wholeValue{value: y, most: bound}
		return true, nil
	}
	c := w.graph.AddConst("scales", graph.TensorOf(scales, len(scales)))
	y, err = w.insert(kernel.Rescale, kernel.Own, 1, []*graph.Value{y, c}, t, graph.IntAttr("axis", channels),
		graph.FloatAttr("lo", float32(lo)), graph.FloatAttr("hi", float32(hi)))
	zero, _ := wholeNumber(p.yZero)
	w.held[n.Out(0)] = wholeValue{value: y, zero: zero, most: max(-lo, hi)}
	return true, err
}

// rescaling returns the number that each channel of the sums is multiplied by, as QLinearConv's evaluation reckons it,
// and the least and the greatest result, counted from the zero point. There are no scales if the result
// is the sums.
func (p integerProduct) rescaling(n *graph.Node, channels int) (scales []float32, lo, hi float64, ok bool) {
	if p.yScale == nil {
		return nil, 0, 0, true
	}
	lo, hi, ok = wholeRange(n.Out(0).Type.DType)
	a, okA := scaleOf(p.xScale)
	y, okY := scaleOf(p.yScale)
	zero, okZ := wholeNumber(p.yZero)
	count, okC := n.Out(0).Type.Shape[channels].Value()
	if !ok || !okA || !okY || !okZ || !okC || p.wScale.Const == nil || p.wScale.Const.DType() != graph.Float32 || p.wScale.Const.Rank() > 1 {
		return nil, 0, 0, false
	}
	b := graph.Data[float32](p.wScale.Const)
	if len(b) != 1 && len(b) != count {
		return nil, 0, 0, false
	}
	scales = make([]float32, count)
	for i := range scales {
		scales[i] = float32(a*b[i%len(b)]) / y
	}
	return scales, lo - float64(zero), hi - float64(zero), true
}

// right returns the right factor of p less its zero points, and the most that a sum can be if no number
// of the left factor exceeds most.
func (w *wholes) right(p integerProduct, axis int, most float64) (*graph.Value, float64, error) {
	if axis < 0 {
		v, largest, err := w.from(p.w, p.wZero)
		if v == nil || err != nil {
			return nil, 0, err
		}
		terms, ok := p.w.Type.Shape[len(p.w.Type.Shape)-2].Value()
		if !ok {
			return nil, 0, nil
		}
		return v, float64(terms) * most * largest, nil
	}
	v, ok := w.constant(p.w, p.wZero, axis)
	if !ok {
		return nil, 0, nil
	}
	return v, most * largestSum(v.Const, axis), nil
}

// largestSum returns the largest sum of magnitudes over one position of the axis and of all axes before
// the last two that a stack of matrices has.
func largestSum(t *graph.Tensor, axis int) float64 {
	dims := t.Shape()
	inner := volume(dims[axis+1:])
	sums := make([]float64, dims[axis])
	for i, x := range graph.Data[float32](t) {
		sums[i/inner%dims[axis]] += math.Abs(float64(x))
	}
	return slices.Max(append(sums, 0))
}

// wholeKey is a constant and the zero points that are taken from it.
type wholeKey struct {
	of   *graph.Tensor
	zero string
}

// constant returns the constant v less a constant zero point, in float32. There is one zero point, or one
// for each position of axis. Those of the model are converted once.
func (w *wholes) constant(v, zero *graph.Value, axis int) (*graph.Value, bool) {
	if _, _, ok := wholeRange(v.Type.DType); !ok || v.Const == nil {
		return nil, false
	}
	z := []int64{0}
	if zero != nil {
		if zero.Const == nil || zero.Const.Rank() > 1 {
			return nil, false
		}
		z, _ = graph.Ints(zero.Const)
	}
	dims := v.Const.Shape()
	if len(z) != 1 && (axis >= len(dims) || len(z) != dims[axis]) {
		return nil, false
	}
	key := fmt.Sprintf("%p %d %v", v.Const, axis, z)
	if u := w.made[key]; u != nil {
		return u, true
	}
	u := w.graph.AddConst(v.Name, w.session.whole(v, z, axis))
	w.made[key] = u
	return u, true
}

// whole returns what wholes.constant wants as a tensor.
func (s *Session) whole(v *graph.Value, zero []int64, axis int) *graph.Tensor {
	key := wholeKey{v.Const, fmt.Sprint(axis, zero)}
	if t := s.wholes[key]; t != nil {
		return t
	}
	dims := v.Const.Shape()
	inner := 1
	if len(dims) > 0 {
		inner = max(1, volume(dims[axis+1:]))
	}
	x, _ := graph.Ints(v.Const)
	y := make([]float32, len(x))
	for i, e := range x {
		y[i] = float32(e - zero[i/inner%len(zero)])
	}
	t := graph.TensorOf(y, dims...)
	if own := s.base.Graph.Value(v.Name); own != nil && own.Const == v.Const {
		if s.wholes == nil {
			s.wholes = map[wholeKey]*graph.Tensor{}
		}
		s.wholes[key] = t
		v.Const.Forget()
	}
	return t
}

// wholeBias returns a constant bias in float32 and the largest magnitude in it.
func (w *wholes) wholeBias(v *graph.Value) (*graph.Value, float64, bool) {
	if v.Const == nil {
		return nil, 0, false
	}
	x, ok := graph.Ints(v.Const)
	if !ok {
		return nil, 0, false
	}
	y, largest := make([]float32, len(x)), 0.0
	for i, e := range x {
		y[i] = float32(e)
		largest = max(largest, math.Abs(float64(e)))
	}
	return w.graph.AddConst(v.Name, graph.TensorOf(y, v.Const.Shape()...)), largest, true
}
