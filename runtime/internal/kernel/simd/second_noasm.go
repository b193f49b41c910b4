//go:build (!amd64 && !arm64) || noasm

package simd

var everySecondAsm variants[everySecondFunc]
