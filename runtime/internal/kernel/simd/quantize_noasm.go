//go:build (!amd64 && !arm64) || noasm

package simd

var (
	quantizeAsm variants[quantizeFunc]
	rescaleAsm  variants[rescaleFunc]
)
