//go:build !noasm

package linalg

import "github.com/pollard-dev/pollard/graph/level"

// fused is the level that fma is written for.
const fused = level.NEON

func fma(n int, a, b *float64, sums *[down * across]float64) { fmaNEON(n, a, b, sums) }

// fmaNEON computes what portable does, with fused multiply-adds, which round once.
//
//go:noescape
func fmaNEON(n int, a, b *float64, sums *[down * across]float64)

// kernelPair would compute kernel for two strips at once, but NEON has too few lanes for that.
func kernelPair(int, *float64, *float64, *float64, *[2 * down * across]float64) bool { return false }

func addRows(to []float64, stride, rows int, sums *[down * across]float64, sign float64) {
	addRowsPortable(to, stride, rows, sums, sign)
}

func lay(strip, src []float64, step, n, width int) { layPortable(strip, src, step, n, width) }
