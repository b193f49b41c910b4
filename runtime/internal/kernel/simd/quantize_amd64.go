//go:build !noasm

package simd

var (
	quantizeAsm = variants[quantizeFunc]{{AVX2, quantizeAVX2}, {AVX512, quantizeAVX512}}
	rescaleAsm  = variants[rescaleFunc]{{AVX2, rescaleAVX2}, {AVX512, rescaleAVX512}}
)
