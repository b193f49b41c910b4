package kernel

import (
	"errors"

	"github.com/pollard-dev/pollard/graph"
)

// ErrUnfit means that a kernel does not compute this case, and that the reference evaluation must
// be used.
var ErrUnfit = errors.New("the kernel does not compute this case")

// Grain is the work, in elementary operations, below which another worker costs more than it gains.
const Grain = 1 << 15

// floats reports whether all tensors are present and hold float32.
func floats(ts ...*graph.Tensor) bool {
	for _, t := range ts {
		if t == nil || t.DType() != graph.Float32 {
			return false
		}
	}
	return true
}

// volume returns the product of the extents.
func volume(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func fill(v []float32, x float32) {
	for i := range v {
		v[i] = x
	}
}
