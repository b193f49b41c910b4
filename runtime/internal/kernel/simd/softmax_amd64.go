//go:build !noasm

package simd

var (
	expSumAsm          = variants[expSumFunc]{{AVX2, expSumAVX2}, {AVX512, expSumAVX512}}
	expTotalAsm        = variants[expTotalFunc]{{AVX2, expTotalAVX2}, {AVX512, expTotalAVX512}}
	scaledMaxAsm       = variants[scaledMaxFunc]{{AVX2, scaledMaxAVX2}, {AVX512, scaledMaxAVX512}}
	scaledMaskedMaxAsm = variants[scaledMaskedMaxFunc]{{AVX2, scaledMaskedMaxAVX2}, {AVX512, scaledMaskedMaxAVX512}}
)
