//go:build !noasm

package simd

import "unsafe"

func (a *sparseVectorArgs) run(_ Level, rows int) {
	start := (*byte)(unsafe.Pointer(a))
	switch rows {
	case 1:
		sparseVectorNEONx1(start)
	case 2:
		sparseVectorNEONx2(start)
	default:
		sparseVectorNEONx4(start)
	}
}
