//go:build !noasm

package simd

var (
	roundFloat16Asm  = variants[roundFunc]{{NEON, roundFloat16NEON}}
	roundBFloat16Asm = variants[roundFunc]{{NEON, roundBFloat16NEON}}
)
