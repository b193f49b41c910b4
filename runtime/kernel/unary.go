package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// unary are the operators that compute each element from one element alone. Cost is
// a rough number of elementary operations, which decides when threads pay.
var unary = []struct {
	name string
	cost int
	f    func(n *graph.Node) func(y, x []float32)
}{
	{"Relu", 1, fixed(relu)},
	{"Abs", 1, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
		}
	})},
	{"Neg", 1, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = -v
		}
	})},
	{"Sqrt", 4, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = float32(math.Sqrt(float64(v)))
		}
	})},
	{"Reciprocal", 4, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = 1 / v
		}
	})},
	{"Exp", 10, fixed(each(math.Exp))},
	{"Log", 20, fixed(each(math.Log))},
	{"Erf", 8, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = float32(erf(v))
		}
	})},
	{"Tanh", 8, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = float32(tanh(v))
		}
	})},
	{"Sigmoid", 12, fixed(each(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }))},
	{"Floor", 4, fixed(each(math.Floor))},
	{"Ceil", 4, fixed(each(math.Ceil))},
	{"Softplus", 40, fixed(each(softplus))},
	{"Mish", 40, fixed(each(func(x float64) float64 { return x * math.Tanh(softplus(x)) }))},
	{"HardSwish", 4, fixed(func(y, x []float32) {
		for i, v := range x {
			y[i] = v * min(max(v*(1.0/6)+0.5, 0), 1)
		}
	})},
	{"HardSigmoid", 4, func(n *graph.Node) func(y, x []float32) {
		alpha, beta := n.Float("alpha", 0.2), n.Float("beta", 0.5)
		return func(y, x []float32) {
			for i, v := range x {
				y[i] = min(max(alpha*v+beta, 0), 1)
			}
		}
	}},
	{"LeakyRelu", 2, func(n *graph.Node) func(y, x []float32) {
		alpha := n.Float("alpha", 0.01)
		return func(y, x []float32) {
			for i, v := range x {
				if !(v > 0) {
					v *= alpha
				}
				y[i] = v
			}
		}
	}},
	{"Elu", 20, func(n *graph.Node) func(y, x []float32) {
		alpha := float64(n.Float("alpha", 1))
		return func(y, x []float32) {
			for i, v := range x {
				if !(v > 0) {
					v = float32(alpha * math.Expm1(float64(v)))
				}
				y[i] = v
			}
		}
	}},
	{"Gelu", 10, func(n *graph.Node) func(y, x []float32) {
		if n.Str("approximate", "none") == "tanh" {
			return func(y, x []float32) {
				for i, v := range x {
					w := float64(v)
					y[i] = float32(0.5 * w * (1 + tanh(float32(math.Sqrt(2/math.Pi)*(w+0.044715*w*w*w)))))
				}
			}
		}
		return func(y, x []float32) {
			for i, v := range x {
				y[i] = float32(0.5 * float64(v) * (1 + erf(v*(1/math.Sqrt2))))
			}
		}
	}},
}

func init() {
	for _, u := range unary {
		register(Kernel{Name: "unary", Op: u.name, Prepare: func(n *graph.Node, _ []*graph.Tensor) (Func, error) {
			return pointwise(u.cost, u.f(n)), nil
		}})
	}
}

// pointwise applies f, which writes y from x of the same length, to pieces of input 0.
func pointwise(cost int, f func(y, x []float32)) Func {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		if !floats(in[0]) {
			return nil, ErrUnfit
		}
		t := r.New(in[0].Shape()...)
		x, y := graph.Data[float32](in[0]), graph.Data[float32](t)
		r.Parallel(len(x), cost, func(lo, hi int) { f(y[lo:hi], x[lo:hi]) })
		return one(t), nil
	}
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

func relu(y, x []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = max(v, 0)
	}
}

// softplus is log(1 + e^x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
