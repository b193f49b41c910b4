package simd

import "math"

// The functions of one number in double precision, which define their meaning.

func expGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return math.Exp(v) })
}

func logGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return math.Log(v) })
}

func sigmoidGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) })
}

func tanhGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return math.Tanh(v) })
}

func erfGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return math.Erf(v) })
}

func geluGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return gelu64(v) })
}

func geluTanhGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return finite64(v) * logistic64(2*math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)) })
}

func siluGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return finite64(v) * logistic64(v) })
}

func hardSwishGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return finite64(v) * min(max(v/6+0.5, 0), 1) })
}

func softplusGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) })
}

func mishGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return finite64(v) * mishFactor64(v) })
}

func sqrtGo(y, x []float32) {
	each(y, x, func(v float64) float64 { return math.Sqrt(v) })
}

func eluGo(y, x []float32, alpha float32) {
	each(y, x, func(v float64) float64 { return elu64(v, float64(alpha)) })
}

func leakyReluGo(y, x []float32, alpha float32) {
	each(y, x, func(v float64) float64 { return leakyRelu64(v, float64(alpha)) })
}

func hardSigmoidGo(y, x []float32, alpha, beta float32) {
	each(y, x, func(v float64) float64 { return min(max(float64(alpha)*v+float64(beta), 0), 1) })
}

func addNumberGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = x + number
	}
}

func mulNumberGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = x * number
	}
}

func divNumberGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = x / number
	}
}

func subFromGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = number - x
	}
}

func divIntoGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = number / x
	}
}

func maxNumberGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = max(x, number)
	}
}

func minNumberGo(y, x []float32, number float32) {
	for i, x := range x {
		y[i] = min(x, number)
	}
}

func absGo(y, x []float32) { each(y, x, math.Abs) }

func quickGeluGo(y, x []float32, alpha float32) {
	each(y, x, func(v float64) float64 { return finite64(v) * logistic64(float64(alpha)*v) })
}

// each computes in double precision.
func each(y, x []float32, f func(float64) float64) {
	for i, v := range x {
		y[i] = float32(f(float64(v)))
	}
}

// finite64 returns x, except for minus infinity, whose product with 0 must be 0.
func finite64(x float64) float64 {
	if x < -math.MaxFloat64 {
		return -math.MaxFloat64
	}
	return x
}

// logistic64 returns 1 / (1 + e^-x).
func logistic64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func gelu64(x float64) float64 { return finite64(x) * 0.5 * math.Erfc(-x/math.Sqrt2) }

// mishFactor64 returns tanh(log(1 + e^x)).
func mishFactor64(x float64) float64 {
	e := math.Exp(min(x, 40))
	return e * (e + 2) / (e*(e+2) + 2)
}

func elu64(x, alpha float64) float64 {
	if x <= 0 {
		return alpha * math.Expm1(x)
	}
	return x
}

func leakyRelu64(x, alpha float64) float64 {
	if x < 0 {
		return alpha * x
	}
	return x
}
