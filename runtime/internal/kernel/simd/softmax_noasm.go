//go:build (!amd64 && !arm64) || noasm

package simd

var (
	expSumAsm          variants[expSumFunc]
	expTotalAsm        variants[expTotalFunc]
	scaledMaxAsm       variants[scaledMaxFunc]
	scaledMaskedMaxAsm variants[scaledMaskedMaxFunc]
)
