//go:build !noasm

package simd

var (
	addAsm = variants[binaryFunc]{{NEON, addNEON}}
	subAsm = variants[binaryFunc]{{NEON, subNEON}}
	mulAsm = variants[binaryFunc]{{NEON, mulNEON}}
	divAsm = variants[binaryFunc]{{NEON, divNEON}}
	maxAsm = variants[binaryFunc]{{NEON, maxNEON}}
	minAsm = variants[binaryFunc]{{NEON, minNEON}}

	addClampAsm   = variants[binaryClampFunc]{{NEON, addClampNEON}}
	scaleShiftAsm = variants[scaleShiftFunc]{{NEON, scaleShiftNEON}}
)
