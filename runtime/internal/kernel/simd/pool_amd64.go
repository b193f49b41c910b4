//go:build !noasm

package simd

var (
	poolMaxAsm     = variants[poolMaxFunc]{{AVX2, poolMaxAVX2}, {AVX512, poolMaxAVX512}}
	poolAverageAsm = variants[poolAverageFunc]{{AVX2, poolAverageAVX2}, {AVX512, poolAverageAVX512}}
	maxOffsetAsm   = variants[maxOffsetFunc]{{AVX2, maxOffsetAVX2}, {AVX512, maxOffsetAVX512}}
)
