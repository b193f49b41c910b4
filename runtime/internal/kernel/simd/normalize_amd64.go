//go:build !noasm

package simd

var (
	squaresAsm          = variants[squaresFunc]{{AVX2, squaresAVX2}, {AVX512, squaresAVX512}}
	standardiseAsm      = variants[standardiseFunc]{{AVX2, standardiseAVX2}, {AVX512, standardiseAVX512}}
	standardiseShiftAsm = variants[standardiseShiftFunc]{{AVX2, standardiseShiftAVX2}, {AVX512, standardiseShiftAVX512}}
)
