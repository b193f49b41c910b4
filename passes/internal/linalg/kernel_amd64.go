//go:build !noasm

package linalg

import "github.com/pollard-dev/pollard/graph/level"

// fused is the level that fma is written for.
const fused = level.AVX2

func fma(n int, a, b *float64, sums *[down * across]float64) { fmaAVX2(n, a, b, sums) }

// fmaAVX2 is portable with multiplications and additions in one step, rounded once.
//
//go:noescape
func fmaAVX2(n int, a, b *float64, sums *[down * across]float64)

// kernelPair is kernel for two strips of b at once, c being the second: the same sums, to the bit. It reports false where the
// processor does not have it.
func kernelPair(n int, a, b, c *float64, sums *[2 * down * across]float64) bool {
	if !level.Active.Has(level.AVX512) {
		return false
	}
	fmaAVX512(n, a, b, c, sums)
	return true
}

// fmaAVX512 is fmaAVX2 for the numbers of b and, behind them, those of c.
//
//go:noescape
func fmaAVX512(n int, a, b, c *float64, sums *[2 * down * across]float64)
