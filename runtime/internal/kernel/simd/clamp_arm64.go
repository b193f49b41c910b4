//go:build !noasm

package simd

var clampAsm = variants[clampFunc]{{NEON, clampNEON}}
