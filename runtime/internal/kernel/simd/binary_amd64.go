//go:build !noasm

package simd

var (
	addAsm = variants[binaryFunc]{{AVX2, addAVX2}, {AVX512, addAVX512}}
	subAsm = variants[binaryFunc]{{AVX2, subAVX2}, {AVX512, subAVX512}}
	mulAsm = variants[binaryFunc]{{AVX2, mulAVX2}, {AVX512, mulAVX512}}
	divAsm = variants[binaryFunc]{{AVX2, divAVX2}, {AVX512, divAVX512}}
	maxAsm = variants[binaryFunc]{{AVX2, maxAVX2}, {AVX512, maxAVX512}}
	minAsm = variants[binaryFunc]{{AVX2, minAVX2}, {AVX512, minAVX512}}

	addClampAsm   = variants[binaryClampFunc]{{AVX2, addClampAVX2}, {AVX512, addClampAVX512}}
	scaleShiftAsm = variants[scaleShiftFunc]{{AVX2, scaleShiftAVX2}, {AVX512, scaleShiftAVX512}}
)
