//go:build !noasm

package simd

var (
	poolMaxAsm     = variants[poolMaxFunc]{{NEON, poolMaxNEON}}
	poolAverageAsm = variants[poolAverageFunc]{{NEON, poolAverageNEON}}
	maxOffsetAsm   = variants[maxOffsetFunc]{{NEON, maxOffsetNEON}}
)
