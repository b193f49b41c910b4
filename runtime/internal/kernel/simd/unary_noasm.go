//go:build (!amd64 && !arm64) || noasm

package simd

var (
	expAsm, logAsm, sigmoidAsm, tanhAsm, erfAsm, geluAsm                       variants[unaryFunc]
	geluTanhAsm, siluAsm, hardSwishAsm, softplusAsm, mishAsm, sqrtAsm          variants[unaryFunc]
	eluAsm, leakyReluAsm, addNumberAsm, mulNumberAsm, divNumberAsm, subFromAsm variants[unaryFunc1]
	divIntoAsm, maxNumberAsm, minNumberAsm                                     variants[unaryFunc1]
	hardSigmoidAsm                                                             variants[unaryFunc2]
	absAsm                                                                     variants[unaryFunc]
	quickGeluAsm                                                               variants[unaryFunc1]
)
