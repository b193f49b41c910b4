//go:build !amd64 || noasm

package simd

var (
	expSumAsm          variants[expSumFunc]
	scaledMaxAsm       variants[scaledMaxFunc]
	scaledMaskedMaxAsm variants[scaledMaskedMaxFunc]
)
