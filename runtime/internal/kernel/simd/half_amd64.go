//go:build !noasm

package simd

var (
	roundFloat16Asm  = variants[roundFunc]{{AVX2, roundFloat16AVX2}, {AVX512, roundFloat16AVX512}}
	roundBFloat16Asm = variants[roundFunc]{{AVX2, roundBFloat16AVX2}, {AVX512, roundBFloat16AVX512}}
)
