//go:build !noasm

package simd

var (
	quantizeAsm = variants[quantizeFunc]{{NEON, quantizeNEON}}
	rescaleAsm  = variants[rescaleFunc]{{NEON, rescaleNEON}}
)
