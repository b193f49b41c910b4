//go:build (!amd64 && !arm64) || noasm

package simd

var (
	sumAsm     variants[sumFunc]
	maxOfAsm   variants[maxOfFunc]
	sumRowsAsm variants[sumRowsFunc]
)
