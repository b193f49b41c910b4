package simd

import (
	"math"
	"testing"
)

// lengths are around the widths of vectors and their unrolled multiples.
var lengths = []int{0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 130, 257}

const guard = 24

// guardedSlice lies between numbers that must not be written.
type guardedSlice struct{ v, all []float32 }

// guarded returns n numbers with guards before and after them.
func guarded(n int) guardedSlice {
	all := make([]float32, n+2*guard)
	for i := range all {
		all[i] = 12345.678
	}
	return guardedSlice{all[guard:][:n:n], all}
}

// same compares the numbers with want, within tolerance of the larger of 1 and their size, and
// checks the guards.
func (g guardedSlice) same(t *testing.T, want []float32, tolerance float64) {
	t.Helper()
	for i, x := range g.all {
		if (i < guard || i >= guard+len(g.v)) && x != 12345.678 {
			t.Fatalf("number %d of %d was written: %g", i-guard, len(g.v), x)
		}
	}
	for i, w := range want {
		x := g.v[i]
		if x == w || math.IsNaN(float64(x)) && math.IsNaN(float64(w)) {
			continue
		}
		if d := math.Abs(float64(x) - float64(w)); !(d <= tolerance*max(1, math.Abs(float64(w)))) {
			t.Fatalf("number %d of %d is %g, want %g", i, len(g.v), x, w)
		}
	}
}
