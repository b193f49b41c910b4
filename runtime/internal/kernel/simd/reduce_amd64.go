//go:build !noasm

package simd

var (
	sumAsm     = variants[sumFunc]{{AVX2, sumAVX2}, {AVX512, sumAVX512}}
	maxOfAsm   = variants[maxOfFunc]{{AVX2, maxOfAVX2}, {AVX512, maxOfAVX512}}
	sumRowsAsm = variants[sumRowsFunc]{{AVX2, sumRowsAVX2}, {AVX512, sumRowsAVX512}}
)
