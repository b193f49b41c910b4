//go:build !noasm

package simd

var (
	expAsm         = variants[unaryFunc]{{AVX2, expAVX2}, {AVX512, expAVX512}}
	logAsm         = variants[unaryFunc]{{AVX2, logAVX2}, {AVX512, logAVX512}}
	sigmoidAsm     = variants[unaryFunc]{{AVX2, sigmoidAVX2}, {AVX512, sigmoidAVX512}}
	tanhAsm        = variants[unaryFunc]{{AVX2, tanhAVX2}, {AVX512, tanhAVX512}}
	erfAsm         = variants[unaryFunc]{{AVX2, erfAVX2}, {AVX512, erfAVX512}}
	geluAsm        = variants[unaryFunc]{{AVX2, geluAVX2}, {AVX512, geluAVX512}}
	geluTanhAsm    = variants[unaryFunc]{{AVX2, geluTanhAVX2}, {AVX512, geluTanhAVX512}}
	siluAsm        = variants[unaryFunc]{{AVX2, siluAVX2}, {AVX512, siluAVX512}}
	hardSwishAsm   = variants[unaryFunc]{{AVX2, hardSwishAVX2}, {AVX512, hardSwishAVX512}}
	softplusAsm    = variants[unaryFunc]{{AVX2, softplusAVX2}, {AVX512, softplusAVX512}}
	mishAsm        = variants[unaryFunc]{{AVX2, mishAVX2}, {AVX512, mishAVX512}}
	sqrtAsm        = variants[unaryFunc]{{AVX2, sqrtAVX2}, {AVX512, sqrtAVX512}}
	eluAsm         = variants[unaryFunc1]{{AVX2, eluAVX2}, {AVX512, eluAVX512}}
	leakyReluAsm   = variants[unaryFunc1]{{AVX2, leakyReluAVX2}, {AVX512, leakyReluAVX512}}
	hardSigmoidAsm = variants[unaryFunc2]{{AVX2, hardSigmoidAVX2}, {AVX512, hardSigmoidAVX512}}
	addNumberAsm   = variants[unaryFunc1]{{AVX2, addNumberAVX2}, {AVX512, addNumberAVX512}}
	mulNumberAsm   = variants[unaryFunc1]{{AVX2, mulNumberAVX2}, {AVX512, mulNumberAVX512}}
	divNumberAsm   = variants[unaryFunc1]{{AVX2, divNumberAVX2}, {AVX512, divNumberAVX512}}
	subFromAsm     = variants[unaryFunc1]{{AVX2, subFromAVX2}, {AVX512, subFromAVX512}}
	divIntoAsm     = variants[unaryFunc1]{{AVX2, divIntoAVX2}, {AVX512, divIntoAVX512}}
	maxNumberAsm   = variants[unaryFunc1]{{AVX2, maxNumberAVX2}, {AVX512, maxNumberAVX512}}
	minNumberAsm   = variants[unaryFunc1]{{AVX2, minNumberAVX2}, {AVX512, minNumberAVX512}}
	absAsm         = variants[unaryFunc]{{AVX2, absAVX2}, {AVX512, absAVX512}}
	quickGeluAsm   = variants[unaryFunc1]{{AVX2, quickGeluAVX2}, {AVX512, quickGeluAVX512}}
)
