package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// unary lists the operators that compute each element from one element alone. Cost is a rough
// number of elementary operations, which decides when threads are worthwhile.
var unary = []struct {
	name string
	cost int
	f    func(n *graph.Node) func(y, x []float32)
}{
	{"Relu", 1, fixed(relu)},
	{"Abs", 1, fixed(simd.Abs)},
	{"Neg", 1, fixed(func(y, x []float32) { simd.SubFrom(y, x, float32(math.Copysign(0, -1))) })},
	{"Sqrt", 4, fixed(simd.Sqrt)},
	{"Reciprocal", 4, fixed(func(y, x []float32) { simd.DivInto(y, x, 1) })},
	{"Exp", 3, fixed(simd.Exp)},
	{"Log", 4, fixed(simd.Log)},
	{"Erf", 4, fixed(simd.Erf)},
	{"Tanh", 4, fixed(simd.Tanh)},
	{"Sigmoid", 4, fixed(simd.Sigmoid)},
	{"Floor", 4, fixed(each(math.Floor))},
	{"Ceil", 4, fixed(each(math.Ceil))},
	{"Round", 4, fixed(each(math.RoundToEven))},
	{"Sign", 2, fixed(each(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}))},
	{"Sin", 20, fixed(each(math.Sin))},
	{"Cos", 20, fixed(each(math.Cos))},
	{"Atan", 20, fixed(each(math.Atan))},
	{"Softsign", 4, fixed(each(func(x float64) float64 { return x / (1 + math.Abs(x)) }))},
	{"Selu", 5, func(n *graph.Node) func(y, x []float32) {
		alpha, gamma := n.Float("alpha", 1.67326319217681884765625), n.Float("gamma", 1.05070102214813232421875)
		return func(y, x []float32) {
			simd.Elu(y, x, alpha)
			simd.MulNumber(y, y, gamma)
		}
	}},
	{"Celu", 8, func(n *graph.Node) func(y, x []float32) {
		alpha := float64(n.Float("alpha", 1))
		return each(func(x float64) float64 {
			if x > 0 {
				return x
			}
			return alpha * math.Expm1(x/alpha)
		})
	}},
	{"ThresholdedRelu", 2, func(n *graph.Node) func(y, x []float32) {
		alpha := float64(n.Float("alpha", 1))
		return each(func(x float64) float64 {
			if x > alpha {
				return x
			}
			return 0
		})
	}},
	{"Softplus", 8, fixed(simd.Softplus)},
	{"Mish", 10, fixed(simd.Mish)},
	{"HardSwish", 1, fixed(simd.HardSwish)},
	{"HardSigmoid", 1, func(n *graph.Node) func(y, x []float32) {
		alpha, beta := n.Float("alpha", 0.2), n.Float("beta", 0.5)
		return func(y, x []float32) { simd.HardSigmoid(y, x, alpha, beta) }
	}},
	{"LeakyRelu", 1, func(n *graph.Node) func(y, x []float32) {
		alpha := n.Float("alpha", 0.01)
		return func(y, x []float32) { simd.LeakyRelu(y, x, alpha) }
	}},
	{"Elu", 4, func(n *graph.Node) func(y, x []float32) {
		alpha := n.Float("alpha", 1)
		return func(y, x []float32) { simd.Elu(y, x, alpha) }
	}},
	{"Gelu", 6, func(n *graph.Node) func(y, x []float32) {
		if n.Str("approximate", "none") == "tanh" {
			return simd.GeluTanh
		}
		return simd.Gelu
	}},
	{"Swish", 5, func(n *graph.Node) func(y, x []float32) {
		if alpha := n.Float("alpha", 1); alpha != 1 {
			return func(y, x []float32) { simd.QuickGelu(y, x, alpha) }
		}
		return simd.Silu
	}},
}

func fixed(f func(y, x []float32)) func(*graph.Node) func(y, x []float32) {
	return func(*graph.Node) func(y, x []float32) { return f }
}

func each(f func(float64) float64) func(y, x []float32) {
	return func(y, x []float32) {
		for i, v := range x {
			y[i] = float32(f(float64(v)))
		}
	}
}

func relu(y, x []float32) { simd.Clamp(y, x, 0, float32(math.Inf(1))) }
