package simd

// The forms of the functions of one number.
var (
	exp, expVariants                 = choose(expGo, expAsm)
	log, logVariants                 = choose(logGo, logAsm)
	sigmoid, sigmoidVariants         = choose(sigmoidGo, sigmoidAsm)
	tanh, tanhVariants               = choose(tanhGo, tanhAsm)
	erf, erfVariants                 = choose(erfGo, erfAsm)
	gelu, geluVariants               = choose(geluGo, geluAsm)
	geluTanh, geluTanhVariants       = choose(geluTanhGo, geluTanhAsm)
	silu, siluVariants               = choose(siluGo, siluAsm)
	hardSwish, hardSwishVariants     = choose(hardSwishGo, hardSwishAsm)
	softplus, softplusVariants       = choose(softplusGo, softplusAsm)
	mish, mishVariants               = choose(mishGo, mishAsm)
	sqrt, sqrtVariants               = choose(sqrtGo, sqrtAsm)
	elu, eluVariants                 = choose(eluGo, eluAsm)
	leakyRelu, leakyReluVariants     = choose(leakyReluGo, leakyReluAsm)
	hardSigmoid, hardSigmoidVariants = choose(hardSigmoidGo, hardSigmoidAsm)
	addNumber, addNumberVariants     = choose(addNumberGo, addNumberAsm)
	mulNumber, mulNumberVariants     = choose(mulNumberGo, mulNumberAsm)
	divNumber, divNumberVariants     = choose(divNumberGo, divNumberAsm)
	subFrom, subFromVariants         = choose(subFromGo, subFromAsm)
	divInto, divIntoVariants         = choose(divIntoGo, divIntoAsm)
	maxNumber, maxNumberVariants     = choose(maxNumberGo, maxNumberAsm)
	minNumber, minNumberVariants     = choose(minNumberGo, minNumberAsm)
)

type (
	unaryFunc  = func(y, x []float32)
	unaryFunc1 = func(y, x []float32, parameter float32)
	unaryFunc2 = func(y, x []float32, alpha, beta float32)
)
