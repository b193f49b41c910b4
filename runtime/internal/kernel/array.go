package kernel

import (
	"math"
	"slices"
	"unsafe"

	"github.com/pollard-dev/pollard/graph"
)

// Array is what a kernel knows of a value when it is bound: everything but its contents.
type Array struct {
	DType graph.DType
	Dims  []int
	// Order lists the axes as they lie in memory, the outermost first; nil means row-major order.
	// Memory has no gaps: the last axis of Order is contiguous.
	Order []int
	Const *graph.Tensor // the contents in row-major order, if they never change
}

// Float32 returns an array of float32 in row-major order.
func Float32(dims ...int) Array { return Array{DType: graph.Float32, Dims: dims} }

// Len returns the number of elements.
func (a Array) Len() int { return volume(a.Dims) }

// Addressable reports whether the elements fit in the address space, so that no product of extents
// overflows.
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

// Rank returns the number of axes.
func (a Array) Rank() int { return len(a.Dims) }

// In returns the array in another order.
func (a Array) In(order []int) Array { a.Order = order; return a }

// Plain reports whether the elements lie in row-major order.
func (a Array) Plain() bool { return SameOrder(a.Dims, a.Order, nil) }

// Strides returns the distance, in elements, between neighbours along each axis.
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
// places. Axes of extent 1 may be anywhere.
func SameOrder(dims, a, b []int) bool {
	return slices.Equal(order(dims, a), order(dims, b))
}

// order lists the axes with more than one position as they lie in memory.
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

// ChannelsLast returns the order in which the channels of an image, axis 1, are contiguous.
func ChannelsLast(rank int) []int {
	o := []int{0}
	for d := 2; d < rank; d++ {
		o = append(o, d)
	}
	return append(o, 1)
}

// OrderOf returns the order that the strides of an array without gaps correspond to. It returns ok
// == false if there are gaps.
func OrderOf(dims, strides []int) (o []int, ok bool) {
	for d := range dims {
		if dims[d] != 1 { // strides of axes of extent 1 mean nothing
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

// Identity returns the row-major order of rank axes.
func Identity(rank int) []int {
	o := make([]int, rank)
	for i := range o {
		o[i] = i
	}
	return o
}

// Aligned allocates n float32 that start at a cache line.
func Aligned(n int) []float32 {
	const line = 64
	all := make([]float32, n+line/4)
	at := int(uintptr(unsafe.Pointer(unsafe.SliceData(all)))%line) / 4
	return all[(line/4-at)%(line/4):][:n:n]
}
