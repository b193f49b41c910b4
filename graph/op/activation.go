package op

import (
	"fmt"
	"math"
)

// activation returns the function that a fused operator applies to its result; "" means none. params are its parameters,
// in the order in which ONNX lists the attributes of the operator of that name, and default to the same values.
func activation(name string, params []float64) (func(float64) float64, error) {
	p := func(i int, def float64) float64 {
		if i < len(params) {
			return params[i]
		}
		return def
	}
	switch name {
	case "":
		return func(x float64) float64 { return x }, nil
	case "Relu":
		return func(x float64) float64 { return math.Max(x, 0) }, nil
	case "Sigmoid":
		return sigmoid, nil
	case "Tanh":
		return math.Tanh, nil
	case "Softplus":
		return softplus, nil
	case "Softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }, nil
	case "LeakyRelu":
		return func(x float64) float64 { return branch(x, p(0, 0.01)*x) }, nil
	case "Elu":
		return func(x float64) float64 { return branch(x, p(0, 1)*math.Expm1(x)) }, nil
	case "HardSigmoid":
		return func(x float64) float64 { return clamp(p(0, 0.2)*x+p(1, 0.5), 0, 1) }, nil
	case "Clip":
		return func(x float64) float64 {
			return clamp(x, p(0, -math.MaxFloat32), p(1, math.MaxFloat32))
		}, nil
	}
	return nil, fmt.Errorf("activation: %q is not supported", name)
}

// geluExact returns x times the probability that a normal variable is below x
// (https://arxiv.org/abs/1606.08415).
func geluExact(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }

// geluTanh approximates geluExact by a hyperbolic tangent.
func geluTanh(x float64) float64 {
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}
