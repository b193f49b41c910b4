package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// broadcastDims is broadcastShapes for the shapes of tensors.
func broadcastDims(ts ...*graph.Tensor) ([]int, error) {
	shapes := make([]graph.Shape, len(ts))
	for i, t := range ts {
		shapes[i] = graph.ShapeOf(t.Shape()...)
	}
	s, err := broadcastShapes(shapes...)
	if err != nil {
		return nil, err
	}
	dims, _ := s.Ints()
	return dims, nil
}

// broadcastIndex returns, for every element of a tensor of shape out in row-major order, the element of a tensor of
// shape in that broadcasting puts there.
func broadcastIndex(in, out []int) []int {
	n := 1
	for _, d := range out {
		n *= d
	}
	stride := make([]int, len(out)) // 0 where in is repeated
	step := 1
	for i := len(in) - 1; i >= 0; i-- {
		at := len(out) - len(in) + i
		if in[i] != 1 {
			stride[at] = step
		}
		step *= in[i]
	}
	index := make([]int, n)
	position := make([]int, len(out))
	at := 0
	for i := range index {
		index[i] = at
		for d := len(out) - 1; d >= 0; d-- {
			position[d]++
			at += stride[d]
			if position[d] < out[d] {
				break
			}
			at -= stride[d] * out[d]
			position[d] = 0
		}
	}
	return index
}

// zip applies f to the elements of a and b under broadcasting.
func zip[A, B, C graph.Element](a, b *graph.Tensor, f func(A, B) (C, error)) (*graph.Tensor, error) {
	dims, err := broadcastDims(a, b)
	if err != nil {
		return nil, err
	}
	x, y := graph.Data[A](a), graph.Data[B](b)
	ix, iy := broadcastIndex(a.Shape(), dims), broadcastIndex(b.Shape(), dims)
	out := make([]C, len(ix))
	for i := range out {
		if out[i], err = f(x[ix[i]], y[iy[i]]); err != nil {
			return nil, err
		}
	}
	return graph.TensorOf(out, dims...), nil
}

// zipFloats applies f in float64 to tensors of one floating-point type, which is the result's.
func zipFloats(a, b *graph.Tensor, f func(x, y float64) float64) (*graph.Tensor, error) {
	dims, err := broadcastDims(a, b)
	if err != nil {
		return nil, err
	}
	x, okX := graph.Floats(a)
	y, okY := graph.Floats(b)
	if !okX || !okY {
		return nil, fmt.Errorf("elements of type %v are not supported", a.DType())
	}
	ix, iy := broadcastIndex(a.Shape(), dims), broadcastIndex(b.Shape(), dims)
	out := make([]float64, len(ix))
	for i := range out {
		out[i] = f(x[ix[i]], y[iy[i]])
	}
	return fromFloats(a.DType(), out, dims)
}

// fromFloats rounds to the element type, integers included.
func fromFloats(d graph.DType, v []float64, dims []int) (*graph.Tensor, error) {
	if t, ok := graph.FromFloats(d, v, dims...); ok {
		return t, nil
	}
	ints := make([]int64, len(v))
	for i, x := range v {
		ints[i] = int64(x)
	}
	return fromInts(d, ints, dims)
}

// fromInts wraps whole numbers to the element type; bool is whether they are not 0.
func fromInts(d graph.DType, v []int64, dims []int) (*graph.Tensor, error) {
	switch d {
	case graph.Int64:
		return graph.TensorOf(v, dims...), nil
	case graph.Int32:
		return narrowed[int32](v, dims), nil
	case graph.Int16:
		return narrowed[int16](v, dims), nil
	case graph.Int8:
		return narrowed[int8](v, dims), nil
	case graph.Uint64:
		return narrowed[uint64](v, dims), nil
	case graph.Uint32:
		return narrowed[uint32](v, dims), nil
	case graph.Uint16:
		return narrowed[uint16](v, dims), nil
	case graph.Uint8:
		return narrowed[uint8](v, dims), nil
	case graph.Bool:
		b := make([]bool, len(v))
		for i, x := range v {
			b[i] = x != 0
		}
		return graph.TensorOf(b, dims...), nil
	}
	return nil, fmt.Errorf("elements of type %v are not supported", d)
}

func narrowed[T int32 | int16 | int8 | uint64 | uint32 | uint16 | uint8](v []int64, dims []int) *graph.Tensor {
	out := make([]T, len(v))
	for i, x := range v {
		out[i] = T(x)
	}
	return graph.TensorOf(out, dims...)
}
