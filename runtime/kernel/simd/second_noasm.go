//go:build !amd64 || noasm

package simd

var everySecondAsm variants[everySecondFunc]
