package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// pointwise lists the operators that compute each element from one element alone. It is the only
// such table. The functions work in float64; https://onnx.ai/onnx/operators/ has a page for each.
var pointwise = []struct {
	name  string
	since int  // first version; those with other defaults are left out
	ints  bool // defined on integers too
	f     func(n *graph.Node) func(float64) float64
}{
	{"Relu", 1, true, plain(func(x float64) float64 { return math.Max(x, 0) })},
	{"Abs", 1, true, plain(math.Abs)},
	{"Neg", 1, true, plain(func(x float64) float64 { return -x })},
	{"Sign", 9, true, plain(sign)},
	{"Exp", 1, false, plain(math.Exp)},
	{"Log", 1, false, plain(math.Log)},
	{"Sqrt", 1, false, plain(math.Sqrt)},
	{"Reciprocal", 1, false, plain(func(x float64) float64 { return 1 / x })},
	{"Erf", 9, false, plain(math.Erf)},
	{"Sigmoid", 1, false, plain(sigmoid)},
	{"Tanh", 1, false, plain(math.Tanh)},
	{"Softplus", 1, false, plain(softplus)},
	{"Softsign", 1, false, plain(func(x float64) float64 { return x / (1 + math.Abs(x)) })},
	{"HardSwish", 14, false, plain(func(x float64) float64 { return x * clamp(x/6+0.5, 0, 1) })},
	{"Mish", 18, false, plain(func(x float64) float64 { return x * math.Tanh(softplus(x)) })},
	{"Floor", 1, false, plain(math.Floor)},
	{"Ceil", 1, false, plain(math.Ceil)},
	{"Round", 11, false, plain(math.RoundToEven)},
	{"Sin", 7, false, plain(math.Sin)},
	{"Cos", 7, false, plain(math.Cos)},
	{"Tan", 7, false, plain(math.Tan)},
	{"Asin", 7, false, plain(math.Asin)},
	{"Acos", 7, false, plain(math.Acos)},
	{"Atan", 7, false, plain(math.Atan)},
	{"Sinh", 9, false, plain(math.Sinh)},
	{"Cosh", 9, false, plain(math.Cosh)},
	{"Asinh", 9, false, plain(math.Asinh)},
	{"Acosh", 9, false, plain(math.Acosh)},
	{"Atanh", 9, false, plain(math.Atanh)},
	{"LeakyRelu", 1, false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 0.01))
		return func(x float64) float64 { return branch(x, alpha*x) }
	}},
	{"Elu", 1, false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return branch(x, alpha*math.Expm1(x)) }
	}},
	{"Celu", 12, false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return branch(x, alpha*math.Expm1(x/alpha)) }
	}},
	{"Selu", 6, false, func(n *graph.Node) func(float64) float64 {
		alpha, gamma := float64(n.Float("alpha", 1.67326319217681884765625)), float64(n.Float("gamma", 1.05070102214813232421875))
		return func(x float64) float64 { return gamma * branch(x, alpha*math.Expm1(x)) }
	}},
	{"ThresholdedRelu", 10, false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 {
			if x > alpha {
				return x
			}
			return 0
		}
	}},
	{"Shrink", 9, true, func(n *graph.Node) func(float64) float64 {
		bias, lambd := float64(n.Float("bias", 0)), float64(n.Float("lambd", 0.5))
		return func(x float64) float64 {
			switch {
			case x < -lambd:
				return x + bias
			case x > lambd:
				return x - bias
			}
			return 0
		}
	}},
	{"HardSigmoid", 1, false, func(n *graph.Node) func(float64) float64 {
		alpha, beta := float64(n.Float("alpha", 0.2)), float64(n.Float("beta", 0.5))
		return func(x float64) float64 { return clamp(alpha*x+beta, 0, 1) }
	}},
	{"Gelu", 20, false, func(n *graph.Node) func(float64) float64 {
		if n.Str("approximate", "none") == "tanh" {
			return geluTanh
		}
		return geluExact
	}},
	{"Swish", 24, false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return x * sigmoid(alpha*x) }
	}},
}

func plain(f func(float64) float64) func(*graph.Node) func(float64) float64 {
	return func(*graph.Node) func(float64) float64 { return f }
}

// branch returns x if it is positive, and below otherwise.
func branch(x, below float64) float64 {
	if x > 0 {
		return x
	}
	return below
}

func clamp(x, lo, hi float64) float64 { return math.Min(math.Max(x, lo), hi) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

// softplus returns log(1 + e^x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func init() {
	for _, p := range pointwise {
		register(pointwiseDef(p.name, p.ints, p.f, Def{
			Doc: p.name + " of each element; https://onnx.ai/onnx/operators/onnx__" + p.name + ".html", Since: p.since, Until: Latest,
		}))
	}
}

// pointwiseDef completes d for an operator that computes each element from one.
func pointwiseDef(name string, ints bool, f func(n *graph.Node) func(float64) float64, d Def) Def {
	d.Name, d.MinIn, d.MaxIn, d.MinOut, d.MaxOut = name, 1, 1, 1, 1
	d.Elementwise, d.Tolerance, d.Infer, d.Couple = true, Tolerance{1e-6, 1e-5}, inferSame, coupleSame
	d.Eval = func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
		return evalPointwise(in[0], f(n), ints)
	}
	if slopes[name].f != nil {
		d.Grad = gradPointwise
	}
	return d
}

// inferSame gives output 0 the type of input 0.
func inferSame(n *graph.Node) ([]graph.Type, error) {
	t := inType(n, 0)
	return []graph.Type{graph.TensorType(t.DType, t.Shape)}, nil
}

// coupleSame couples every axis of input 0 with the same axis of output 0.
func coupleSame(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	return c, nil
}

func evalPointwise(x *graph.Tensor, f func(float64) float64, ints bool) ([]*graph.Tensor, error) {
	v, ok := graph.Floats(x)
	if !ok || (!x.DType().IsFloat() && !ints) {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	for i := range v {
		v[i] = f(v[i])
	}
	t, err := fromFloats(x.DType(), v, x.Shape())
	return []*graph.Tensor{t}, err
}
