//go:build !noasm

package simd

var (
	expAsm         = variants[unaryFunc]{{NEON, expNEON}}
	logAsm         = variants[unaryFunc]{{NEON, logNEON}}
	sigmoidAsm     = variants[unaryFunc]{{NEON, sigmoidNEON}}
	tanhAsm        = variants[unaryFunc]{{NEON, tanhNEON}}
	erfAsm         = variants[unaryFunc]{{NEON, erfNEON}}
	geluAsm        = variants[unaryFunc]{{NEON, geluNEON}}
	geluTanhAsm    = variants[unaryFunc]{{NEON, geluTanhNEON}}
	siluAsm        = variants[unaryFunc]{{NEON, siluNEON}}
	hardSwishAsm   = variants[unaryFunc]{{NEON, hardSwishNEON}}
	softplusAsm    = variants[unaryFunc]{{NEON, softplusNEON}}
	mishAsm        = variants[unaryFunc]{{NEON, mishNEON}}
	sqrtAsm        = variants[unaryFunc]{{NEON, sqrtNEON}}
	eluAsm         = variants[unaryFunc1]{{NEON, eluNEON}}
	leakyReluAsm   = variants[unaryFunc1]{{NEON, leakyReluNEON}}
	hardSigmoidAsm = variants[unaryFunc2]{{NEON, hardSigmoidNEON}}
	addNumberAsm   = variants[unaryFunc1]{{NEON, addNumberNEON}}
	mulNumberAsm   = variants[unaryFunc1]{{NEON, mulNumberNEON}}
	divNumberAsm   = variants[unaryFunc1]{{NEON, divNumberNEON}}
	subFromAsm     = variants[unaryFunc1]{{NEON, subFromNEON}}
	divIntoAsm     = variants[unaryFunc1]{{NEON, divIntoNEON}}
	maxNumberAsm   = variants[unaryFunc1]{{NEON, maxNumberNEON}}
	minNumberAsm   = variants[unaryFunc1]{{NEON, minNumberNEON}}
	absAsm         = variants[unaryFunc]{{NEON, absNEON}}
	quickGeluAsm   = variants[unaryFunc1]{{NEON, quickGeluNEON}}
)
