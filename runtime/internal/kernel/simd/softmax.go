package simd

import "math"

// Softmax writes e^x / sum(e^x) to y, which is as long as x and may be x. If the largest element is
// +Inf, the infinite ones become NaN and the others 0. If it is -Inf or NaN, everything becomes
// NaN.
func Softmax(y, x []float32) {
	if len(x) > 0 {
		weigh(y[:len(x)], x, maxOf(x))
	}
}

// SoftmaxScaled is Softmax of x scale + mask, as attention needs it. The mask is as long as x, or
// nil.
func SoftmaxScaled(y, x []float32, scale float32, mask []float32) {
	if len(x) == 0 {
		return
	}
	y = y[:len(x)]
	if mask == nil {
		weigh(y, y, scaledMax(y, x, scale))
		return
	}
	weigh(y, y, scaledMaskedMax(y, mask[:len(x)], x, scale))
}

// LogSoftmax writes x - LogSumExp(x) to y, which is as long as x and may be x.
func LogSoftmax(y, x []float32) {
	if len(x) == 0 {
		return
	}
	y = y[:len(x)]
	top, log := logSumExp(x)
	addNumber(y, x, -top) // exact where it matters most
	if log != 0 {
		addNumber(y, y, float32(-log))
	}
}

// LogSumExp returns log(sum(e^x)). It is -Inf if x is empty, and infinite or NaN if the largest
// element is.
func LogSumExp(x []float32) float64 {
	top, log := logSumExp(x)
	return float64(top) + log
}

// logSumExp returns the result in two parts, of which the first is the largest element of x.
func logSumExp(x []float32) (top float32, log float64) {
	top = maxOf(x)
	if math.IsInf(float64(top), 0) {
		return top, 0
	}
	total := 0.0
	for i := 0; i < len(x); i += chunk {
		total += float64(expTotal(x[i:min(i+chunk, len(x))], top))
	}
	return top, math.Log(total)
}

// chunk is how many numbers are added in single precision, each sum in its lane of a vector.
const chunk = 4096

// weigh does the rest once the largest element is known.
func weigh(y, x []float32, top float32) {
	total := 0.0
	for i := 0; i < len(x); i += chunk {
		end := min(i+chunk, len(x))
		total += float64(expSum(y[i:end], x[i:end], top))
	}
	if !math.IsInf(float64(top), 0) {
		mulNumber(y, y, float32(1/total))
	}
}

type (
	expSumFunc          = func(y, x []float32, top float32) float32
	expTotalFunc        = func(x []float32, top float32) float32
	scaledMaxFunc       = func(y, x []float32, scale float32) float32
	scaledMaskedMaxFunc = func(y, mask, x []float32, scale float32) float32
)

var (
	expSum, expSumVariants                   = register(expSumGo, expSumAsm)
	expTotal, expTotalVariants               = register(expTotalGo, expTotalAsm)
	scaledMax, scaledMaxVariants             = register(scaledMaxGo, scaledMaxAsm)
	scaledMaskedMax, scaledMaskedMaxVariants = register(scaledMaskedMaxGo, scaledMaskedMaxAsm)
)

// expSumGo writes e^(x - top), where x is not above top, and returns the sum.
func expSumGo(y, x []float32, top float32) float32 {
	total := 0.0
	for i, v := range x {
		e := math.Exp(float64(v - top))
		y[i] = float32(e)
		total += e
	}
	return float32(total)
}

// expTotalGo is expSumGo without writing.
func expTotalGo(x []float32, top float32) float32 {
	total := 0.0
	for _, v := range x {
		total += math.Exp(float64(v - top))
	}
	return float32(total)
}

// scaledMaxGo writes x scale and returns the largest element.
func scaledMaxGo(y, x []float32, scale float32) float32 {
	top := float32(math.Inf(-1))
	for i, v := range x {
		y[i] = v * scale
		top = max(top, y[i])
	}
	return top
}

// scaledMaskedMaxGo writes x scale + mask and returns the largest element.
func scaledMaskedMaxGo(y, mask, x []float32, scale float32) float32 {
	top := float32(math.Inf(-1))
	for i, v := range x {
		y[i] = v*scale + mask[i]
		top = max(top, y[i])
	}
	return top
}
