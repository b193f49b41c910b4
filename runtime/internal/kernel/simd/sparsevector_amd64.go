//go:build !noasm

package simd

import "unsafe"

func (a *sparseVectorArgs) run(l Level, rows int) {
	start := (*byte)(unsafe.Pointer(a))
	switch {
	case rows == 1:
		sparseVectorAVX2x1(start)
	case rows == 2:
		sparseVectorAVX2x2(start)
	case l == AVX2:
		sparseVectorAVX2x4(start)
	default:
		sparseVectorAVX512x4(start)
	}
}
