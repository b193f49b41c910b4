//go:build !noasm

package linalg

import "github.com/pollard-dev/pollard/graph/level"

// fused is the level that fma is written for.
const fused = level.AVX2

func fma(n int, a, b *float64, sums *[down * across]float64) { fmaAVX2(n, a, b, sums) }

// fmaAVX2 computes what portable does, with fused multiply-adds, which round once.
//
//go:noescape
func fmaAVX2(n int, a, b *float64, sums *[down * across]float64)

// kernelPair computes kernel for two strips at once, b and c, with the same sums to the bit. It
// reports false if the processor does not support it.
func kernelPair(n int, a, b, c *float64, sums *[2 * down * across]float64) bool {
	if !level.Active.Has(level.AVX512) {
		return false
	}
	fmaAVX512(n, a, b, c, sums)
	return true
}

// fmaAVX512 is fmaAVX2 for two strips, b and c. The sums of c follow those of b.
//
//go:noescape
func fmaAVX512(n int, a, b, c *float64, sums *[2 * down * across]float64)
