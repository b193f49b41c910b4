//go:build !noasm

package simd

// transpose writes src[n*ldSrc + k] to dst[k*ldDst + n] for k in 0..rows and n in 0..columns, both
// multiples of 8.
func transpose(_ Level, dst, src []float32, rows, columns, ldDst, ldSrc int) {
	_, _ = dst[(rows-1)*ldDst+columns-1], src[(columns-1)*ldSrc+rows-1]
	transposeAVX2(&dst[0], &src[0], rows, columns, ldDst, ldSrc)
}
