//go:build (!amd64 && !arm64) || noasm

package simd

var (
	poolMaxAsm     variants[poolMaxFunc]
	poolAverageAsm variants[poolAverageFunc]
	maxOffsetAsm   variants[maxOffsetFunc]
)
