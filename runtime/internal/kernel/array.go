package kernel

import (
	"math"
	"slices"
	"unsafe"

	"github.com/pollard-dev/pollard/graph"
)

// Array is what a kernel knows of a value when it is bound: all but its numbers.
type Array struct {
	DType graph.DType
	Dims  []int
	// Order lists the axes as they lie in memory, the outermost first; nil is as they stand. Memory has
	// no gaps: the last axis of Order is contiguous.
	Order []int
	Const *graph.Tensor // its numbers, in plain order, where they never change
}

// Float32 is an array of float32 in plain order.
func Float32(dims ...int) Array { return Array{DType: graph.Float32, Dims: dims} }

// Len is the number of elements.
func (a Array) Len() int { return volume(a.Dims) }

// Addressable reports whether the number of elements is one that memory can have, so that no product of extents overflows.
func (a Array) Addressable() bool {
	const most = min(1<<40, math.MaxInt/8)
	n := 1
	for _, d := range a.Dims {
		if d < 0 || d > 0 && n > most/d {
			return false
		}
		n *= max(1, d)
	}
	return true
}

// Rank is the number of axes.
func (a Array) Rank() int { return len(a.Dims) }

// In gives the array in another order.
func (a Array) In(order []int) Array { a.Order = order; return a }

// Plain reports whether the elements lie in row-major order.
func (a Array) Plain() bool { return SameOrder(a.Dims, a.Order, nil) }

// Strides is how far apart, in elements, neighbours along each axis lie.
func (a Array) Strides() []int {
	s := make([]int, len(a.Dims))
	step := 1
	for i := len(a.Dims) - 1; i >= 0; i-- {
		d := i
		if a.Order != nil {
			d = a.Order[i]
		}
		s[d] = step
		step *= a.Dims[d]
	}
	return s
}

// floating reports whether all arrays hold float32.
func floating(arrays ...Array) bool {
	for _, a := range arrays {
		if a.DType != graph.Float32 {
			return false
		}
	}
	return true
}

// SameOrder reports whether two orders put the elements of an array of these extents in the same
// places: axes of extent 1 may stand anywhere.
func SameOrder(dims, a, b []int) bool {
	return slices.Equal(order(dims, a), order(dims, b))
}

// order lists the axes of more than one position as they lie in memory.
func order(dims, o []int) []int {
	var out []int
	for i := range dims {
		d := i
		if o != nil {
			d = o[i]
		}
		if dims[d] != 1 {
			out = append(out, d)
		}
	}
	return out
}

// ChannelsLast is the order in which the channels of an image, axis 1, lie side by side.
func ChannelsLast(rank int) []int {
	o := []int{0}
	for d := 2; d < rank; d++ {
		o = append(o, d)
	}
	return append(o, 1)
}

// OrderOf is the order that strides of an array without gaps amount to; ok is false for any other.
func OrderOf(dims, strides []int) (o []int, ok bool) {
	for d := range dims {
		if dims[d] != 1 { // the strides of others mean nothing
			o = append(o, d)
		}
	}
	slices.SortStableFunc(o, func(a, b int) int { return strides[b] - strides[a] })
	for d := range dims {
		if dims[d] == 1 {
			o = append(o, d)
		}
	}
	step := 1
	for i := len(o) - 1; i >= 0; i-- {
		if d := o[i]; dims[d] != 1 {
			if strides[d] != step {
				return nil, false
			}
			step *= dims[d]
		}
	}
	return o, true
}

// Identity lists rank axes as they stand.
func Identity(rank int) []int {
	o := make([]int, rank)
	for i := range o {
		o[i] = i
	}
	return o
}

// Aligned makes n float32 that begin where a cache line does.
func Aligned(n int) []float32 {
	const line = 64
	all := make([]float32, n+line/4)
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(all)))%line) / 4
	return all[(line/4-at)%(line/4):][:n:n]
}
