//go:build !noasm

package simd

var (
	sumAsm     = variants[sumFunc]{{NEON, sumNEON}}
	maxOfAsm   = variants[maxOfFunc]{{NEON, maxOfNEON}}
	sumRowsAsm = variants[sumRowsFunc]{{NEON, sumRowsNEON}}
)
