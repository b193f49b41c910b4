package simd

import "math"

// LayerNorm writes (x - mean) / sqrt(variance + epsilon) scale + shift to y, which may be x. All
// slices have one length, and shift may be nil. Sums are in double precision; squares are added in
// single precision by chunks. Ba, Kiros and Hinton, Layer Normalization, 2016.
func LayerNorm(y, x, scale, shift []float32, epsilon float32) {
	n := len(x)
	if n == 0 {
		return
	}
	mean := sum(x) / float64(n)
	near := float32(mean)
	off := mean - float64(near)
	variance := max(sumSquares(x, near)/float64(n)-off*off, 0)
	inverse := 1 / math.Sqrt(variance+float64(epsilon))
	if shift == nil {
		standardise(y[:n], scale[:n], x, near, float32(inverse), float32(-off*inverse))
		return
	}
	standardiseShift(y[:n], shift[:n], scale[:n], x, near, float32(inverse), float32(-off*inverse))
}

// RMSNorm writes x / sqrt(mean(x^2) + epsilon) scale to y, which may be x. All slices have one
// length. Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.
func RMSNorm(y, x, scale []float32, epsilon float32) {
	if n := len(x); n > 0 {
		inverse := 1 / math.Sqrt(sumSquares(x, 0)/float64(n)+float64(epsilon))
		standardise(y[:n], scale[:n], x, 0, float32(inverse), 0)
	}
}

// sumSquares returns the sum of (x - mean)^2.
func sumSquares(x []float32, mean float32) (total float64) {
	for i := 0; i < len(x); i += chunk {
		total += float64(squares(x[i:min(i+chunk, len(x))], mean))
	}
	return total
}

type (
	squaresFunc          = func(x []float32, mean float32) float32
	standardiseFunc      = func(y, scale, x []float32, mean, inverse, offset float32)
	standardiseShiftFunc = func(y, shift, scale, x []float32, mean, inverse, offset float32)
)

var (
	squares, squaresVariants                   = register(squaresGo, squaresAsm)
	standardise, standardiseVariants           = register(standardiseGo, standardiseAsm)
	standardiseShift, standardiseShiftVariants = register(standardiseShiftGo, standardiseShiftAsm)
)

func squaresGo(x []float32, mean float32) float32 {
	total := 0.0
	for _, v := range x {
		d := float64(v) - float64(mean)
		total += d * d
	}
	return float32(total)
}

// standardiseGo writes ((x - mean) inverse + offset) scale.
func standardiseGo(y, scale, x []float32, mean, inverse, offset float32) {
	for i, v := range x {
		y[i] = ((v-mean)*inverse + offset) * scale[i]
	}
}

// standardiseShiftGo is standardiseGo and adds shift.
func standardiseShiftGo(y, shift, scale, x []float32, mean, inverse, offset float32) {
	for i, v := range x {
		y[i] = ((v-mean)*inverse+offset)*scale[i] + shift[i]
	}
}
