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

// addRows adds sign times rows of 8 sums to rows of to, stride apart.
func addRows(to []float64, stride, rows int, sums *[down * across]float64, sign float64) {
	if rows > 0 && level.Active.Has(level.AVX2) {
		_ = to[(rows-1)*stride+across-1]
		storeAVX2(&to[0], stride*8, rows, &sums[0], sign)
		return
	}
	addRowsPortable(to, stride, rows, sums, sign)
}

//go:noescape
func storeAVX2(to *float64, stride, rows int, sums *float64, sign float64)

// lay packs one strip of lines that are adjacent.
func lay(strip, src []float64, step, n, width int) {
	if n > 0 && level.Active.Has(level.AVX2) {
		_, _ = strip[n*width-1], src[(n-1)*step+width-1]
		layAVX2(n, &strip[0], &src[0], step*8, width)
		return
	}
	layPortable(strip, src, step, n, width)
}

//go:noescape
func layAVX2(n int, strip, src *float64, step, width int)
