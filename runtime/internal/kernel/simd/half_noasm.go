//go:build (!amd64 && !arm64) || noasm

package simd

var roundFloat16Asm, roundBFloat16Asm variants[roundFunc]
