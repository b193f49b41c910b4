//go:build !noasm

package simd

var clampAsm = variants[clampFunc]{{AVX2, clampAVX2}, {AVX512, clampAVX512}}
