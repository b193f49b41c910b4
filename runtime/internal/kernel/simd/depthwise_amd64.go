//go:build !noasm

package simd

import (
	"math"
	"unsafe"
)

func (a *depthwiseArgs) run(l Level) {
	start := (*byte)(unsafe.Pointer(a))
	if l == AVX2 {
		depthwiseAVX2(start)
	} else {
		depthwiseAVX512(start)
	}
}

// mask sets which channels of the last vector exist.
func (d *Depthwise) mask(l Level, a *depthwiseArgs) {
	if l == AVX512 {
		a.mask[0] = 1<<((d.Channels-1)%16+1) - 1
		return
	}
	for c := range d.Channels % 8 {
		a.mask[c] = math.MaxUint32
	}
}
