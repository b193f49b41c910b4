//go:build (!amd64 && !arm64) || noasm

package simd

var (
	addAsm, subAsm, mulAsm, divAsm, maxAsm, minAsm variants[binaryFunc]
	addClampAsm                                    variants[binaryClampFunc]
	scaleShiftAsm                                  variants[scaleShiftFunc]
)
