package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// lanes are the lines of a tensor along consecutive axes. Element k of a lane is k*inner after its
// first.
type lanes struct{ outer, size, inner int }

// lanesOver returns the lanes along the axes from first to end-1, taken as one axis.
func lanesOver(dims []int, first, end int) lanes {
	return lanes{volume(dims[:first]), volume(dims[first:end]), volume(dims[end:])}
}

// each calls f with the number of every lane, in row-major order over the other axes, and the index
// of its first element.
func (l lanes) each(f func(lane, first int)) {
	for lane := range l.outer * l.inner {
		f(lane, lane/l.inner*l.size*l.inner+lane%l.inner)
	}
}

// take copies one lane to buf, which has room for it.
func take[T any](l lanes, v []T, first int, buf []T) []T {
	for k := range l.size {
		buf[k] = v[first+k*l.inner]
	}
	return buf[:l.size]
}

// put writes a lane.
func put[T any](l lanes, v []T, first int, lane []T) {
	for k, e := range lane {
		v[first+k*l.inner] = e
	}
}

// onLanes replaces every lane of a floating-point tensor by what f makes of it in place.
func onLanes(x *graph.Tensor, l lanes, f func(lane []float64)) ([]*graph.Tensor, error) {
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	buf := make([]float64, l.size)
	l.each(func(_, first int) {
		lane := take(l, v, first, buf)
		f(lane)
		put(l, v, first, lane)
	})
	t, err := fromFloats(x.DType(), v, x.Shape())
	return []*graph.Tensor{t}, err
}
