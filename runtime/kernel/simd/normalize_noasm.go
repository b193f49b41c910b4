//go:build !amd64 || noasm

package simd

var (
	squaresAsm          variants[squaresFunc]
	standardiseAsm      variants[standardiseFunc]
	standardiseShiftAsm variants[standardiseShiftFunc]
)
