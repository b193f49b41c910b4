package gemm

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// fused says that the machine has what the assembly is written in.
var fused = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// kernel sums over n the products of each of a's 4 numbers and each of b's 8.
func kernel(n int, a, b *float64, sums *[down * across]float64) {
	if fused {
		fma(n, a, b, sums)
		return
	}
	portable(n, unsafe.Slice(a, n*down), unsafe.Slice(b, n*across), sums)
}

// fma is portable with multiplications and additions in one step, rounded once.
//
//go:noescape
func fma(n int, a, b *float64, sums *[down * across]float64)
