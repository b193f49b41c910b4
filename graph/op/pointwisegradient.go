package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "PointwiseGradient", Domain: Gradients, Since: 1, Until: 1,
		Doc:   "a gradient times the derivative of the function named by the attribute of, at each element of the second input",
		MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Elementwise: true, Tolerance: Tolerance{1e-6, 1e-5},
		Accept: func(n *graph.Node) error {
			_, err := Slope(n)
			return err
		},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			if a, b := inShape(n, 0), inShape(n, 1); a != nil && b != nil && len(a) != len(b) {
				return nil, fmt.Errorf("want one shape, have %v and %v", a, b)
			}
			return inferSame(n)
		},
		Couple: func(n *graph.Node) (c Coupling, err error) {
			coupleAll(&c, n, 0, 0)
			coupleAll(&c, n, 1, 0)
			return c, nil
		},
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			f, err := Slope(n)
			if err != nil {
				return nil, err
			}
			if !slices.Equal(in[0].Shape(), in[1].Shape()) {
				return nil, fmt.Errorf("want one shape, have %v and %v", in[0].Shape(), in[1].Shape())
			}
			t, err := zipFloats(in[0], in[1], func(g, x float64) float64 { return g * f(x) })
			return []*graph.Tensor{t}, err
		},
	})
}

// slope is the derivative of a function of one element.
type slope struct {
	// output says that f takes the function's result, so that its argument need not be kept.
	output bool
	f      func(n *graph.Node) func(float64) float64 // n has the attributes of the operator
}

func at(f func(float64) float64) slope { return slope{false, plain(f)} }

func atOutput(f func(float64) float64) slope { return slope{true, plain(f)} }

// Slope returns the derivative that a PointwiseGradient multiplies by, as a function of an element of the second input:
// the argument of the operator, or its result where that says as much.
func Slope(n *graph.Node) (func(float64) float64, error) {
	of := n.Str("of", "")
	s, ok := slopes[of]
	if !ok {
		return nil, fmt.Errorf("of: %q has no derivative here", of)
	}
	return s.f(n), nil
}

// gradPointwise is the Grad of the operators of slopes that have one input.
func gradPointwise(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	from := b.in(0)
	if slopes[b.Node.Op].output {
		from = b.out(0)
	}
	b.set(0, b.slope(b.Node.Op, from, b.Node.Attrs...))
	return nil
}

// slopes is indexed by operator. Those of Relu and Clip may be taken at the result as well, which is
// between the bounds wherever the argument was. At a corner the derivative is 0.
var slopes = map[string]slope{
	"Relu": atOutput(func(y float64) float64 { return indicator(y > 0) }),
	"Clip": {true, func(n *graph.Node) func(float64) float64 {
		lo, hi := float64(n.Float("min", float32(math.Inf(-1)))), float64(n.Float("max", float32(math.Inf(1))))
		return func(y float64) float64 { return indicator(lo < y && y < hi) }
	}},
	"Abs":        at(sign),
	"Neg":        at(func(float64) float64 { return -1 }),
	"Exp":        atOutput(func(y float64) float64 { return y }),
	"Log":        at(func(x float64) float64 { return 1 / x }),
	"Sqrt":       atOutput(func(y float64) float64 { return 0.5 / y }),
	"Reciprocal": atOutput(func(y float64) float64 { return -y * y }),
	"Erf":        at(func(x float64) float64 { return 2 / math.SqrtPi * math.Exp(-x*x) }),
	"Sigmoid":    atOutput(func(y float64) float64 { return y * (1 - y) }),
	"Tanh":       atOutput(func(y float64) float64 { return 1 - y*y }),
	"Softplus":   at(sigmoid),
	"Softsign":   at(func(x float64) float64 { return 1 / ((1 + math.Abs(x)) * (1 + math.Abs(x))) }),
	"HardSwish":  at(slopeHardSwish),
	"Mish": at(func(x float64) float64 {
		t := math.Tanh(softplus(x))
		return t + x*(1-t*t)*sigmoid(x)
	}),
	"Sin":   at(math.Cos),
	"Cos":   at(func(x float64) float64 { return -math.Sin(x) }),
	"Tan":   atOutput(func(y float64) float64 { return 1 + y*y }),
	"Asin":  at(func(x float64) float64 { return 1 / math.Sqrt(1-x*x) }),
	"Acos":  at(func(x float64) float64 { return -1 / math.Sqrt(1-x*x) }),
	"Atan":  at(func(x float64) float64 { return 1 / (1 + x*x) }),
	"Sinh":  at(math.Cosh),
	"Cosh":  at(math.Sinh),
	"Asinh": at(func(x float64) float64 { return 1 / math.Sqrt(1+x*x) }),
	"Acosh": at(func(x float64) float64 { return 1 / math.Sqrt(x*x-1) }),
	"Atanh": at(func(x float64) float64 { return 1 / (1 - x*x) }),
	"LeakyRelu": {false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 0.01))
		return func(x float64) float64 { return branchSlope(x, 1, alpha) }
	}},
	"Elu": {false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return branchSlope(x, 1, alpha*math.Exp(math.Min(x, 0))) }
	}},
	"Celu": {false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return branchSlope(x, 1, math.Exp(math.Min(x/alpha, 0))) }
	}},
	"Selu": {false, func(n *graph.Node) func(float64) float64 {
		alpha, gamma := float64(n.Float("alpha", 1.67326319217681884765625)), float64(n.Float("gamma", 1.05070102214813232421875))
		return func(x float64) float64 { return gamma * branchSlope(x, 1, alpha*math.Exp(math.Min(x, 0))) }
	}},
	"ThresholdedRelu": {false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 { return indicator(x > alpha) }
	}},
	"Shrink": {false, func(n *graph.Node) func(float64) float64 {
		lambd := float64(n.Float("lambd", 0.5))
		return func(x float64) float64 { return indicator(math.Abs(x) > lambd) }
	}},
	"HardSigmoid": {true, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 0.2))
		return func(y float64) float64 { return alpha * indicator(0 < y && y < 1) }
	}},
	"Gelu": {false, func(n *graph.Node) func(float64) float64 {
		if n.Str("approximate", "none") == "tanh" {
			return slopeGeluTanh
		}
		return slopeGelu
	}},
	"Swish": {false, func(n *graph.Node) func(float64) float64 {
		alpha := float64(n.Float("alpha", 1))
		return func(x float64) float64 {
			s := sigmoid(alpha * x)
			return s * (1 + alpha*x*(1-s))
		}
	}},
	// Steps have no slope.
	"Sign":  at(func(float64) float64 { return 0 }),
	"Floor": at(func(float64) float64 { return 0 }),
	"Ceil":  at(func(float64) float64 { return 0 }),
	"Round": at(func(float64) float64 { return 0 }),
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// branchSlope returns above if x is positive, and below otherwise.
func branchSlope(x, above, below float64) float64 {
	if x > 0 {
		return above
	}
	return below
}

func slopeHardSwish(x float64) float64 {
	switch {
	case x <= -3:
		return 0
	case x >= 3:
		return 1
	}
	return x/3 + 0.5
}

func slopeGelu(x float64) float64 {
	return 0.5*(1+math.Erf(x/math.Sqrt2)) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func slopeGeluTanh(x float64) float64 {
	root := math.Sqrt(2 / math.Pi)
	t := math.Tanh(root * (x + 0.044715*x*x*x))
	return 0.5*(1+t) + 0.5*x*(1-t*t)*root*(1+3*0.044715*x*x)
}
