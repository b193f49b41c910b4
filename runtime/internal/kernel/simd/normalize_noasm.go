//go:build (!amd64 && !arm64) || noasm

package simd

var (
	squaresAsm          variants[squaresFunc]
	standardiseAsm      variants[standardiseFunc]
	standardiseShiftAsm variants[standardiseShiftFunc]
)
