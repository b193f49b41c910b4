//go:build !noasm

package simd

var (
	squaresAsm          = variants[squaresFunc]{{NEON, squaresNEON}}
	standardiseAsm      = variants[standardiseFunc]{{NEON, standardiseNEON}}
	standardiseShiftAsm = variants[standardiseShiftFunc]{{NEON, standardiseShiftNEON}}
)
