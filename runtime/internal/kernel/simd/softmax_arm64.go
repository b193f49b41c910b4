//go:build !noasm

package simd

var (
	expSumAsm          = variants[expSumFunc]{{NEON, expSumNEON}}
	expTotalAsm        = variants[expTotalFunc]{{NEON, expTotalNEON}}
	scaledMaxAsm       = variants[scaledMaxFunc]{{NEON, scaledMaxNEON}}
	scaledMaskedMaxAsm = variants[scaledMaskedMaxFunc]{{NEON, scaledMaskedMaxNEON}}
)
