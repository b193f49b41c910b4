//go:build !amd64 || noasm

package simd

var transposeBlockAsm variants[transposeFunc]
