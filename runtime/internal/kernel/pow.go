package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindPow, "Pow") }

// bindPow binds a function of one element if the exponent is a known number.
func bindPow(q *Request) (*Bound, error) {
	k, err := bindUnary(q)
	if err != nil {
		return bindBinary(q)
	}
	return k, nil
}

// powEach raises each number of x to the matching power of y.
func powEach(z, x, y []float32) {
	for i := range z {
		z[i] = pow(x[i], y[i])
	}
}

// powOfNumber raises one number to each power of y.
func powOfNumber(z []float32, x float32, y []float32) {
	for i := range z {
		z[i] = pow(x, y[i])
	}
}

// powRows is powEach for rows with the given distances between their starts.
func powRows(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	for r := range rows {
		powEach(z[r*ldz:][:n], x[r*ldx:], y[r*ldy:])
	}
}

func pow(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }

// power returns powNumber as a function of one element.
func power(y float32) Activation {
	a := NoActivation
	a.F, a.Cost = func(z, x []float32) { powNumber(z, x, y) }, 20
	switch y {
	case 1, 2, 3, -1, 0.5:
		a.Cost = 2
	}
	return a
}

// powNumber raises a run to one power. The powers that models use need no logarithm.
func powNumber(z, x []float32, y float32) {
	switch y {
	case 2:
		simd.Mul(z, x, x)
	case 3:
		for i, v := range x[:len(z)] {
			z[i] = v * v * v
		}
	case 1:
		copy(z, x)
	case -1:
		simd.DivInto(z, x, 1)
	case 0.5:
		if slices.ContainsFunc(x, func(v float32) bool { return v < -math.MaxFloat32 }) { // pow(-Inf, 0.5) is +Inf, but its square root is NaN
			for i, v := range x[:len(z)] {
				z[i] = pow(v, y)
			}
			return
		}
		simd.Sqrt(z, x)
	default:
		for i, v := range x[:len(z)] {
			z[i] = pow(v, y)
		}
	}
}
