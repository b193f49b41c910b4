//go:build !amd64 || noasm

package simd

var clampAsm variants[clampFunc]
