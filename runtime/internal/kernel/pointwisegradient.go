package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindPointwiseGradient, op.Gradients+".PointwiseGradient") }

// slopeOf writes the derivative at each element of x to y. Own has as many numbers as x twice; y is none of these.
type slopeOf func(y, x, own []float32)

// steep makes of the distance from a bound whether it is positive: 1, or 0 if it is not. The least normal number times it
// is above 1.
const steep = 2e38

// positive writes 1 where x is positive and 0 elsewhere.
func positive(y, x []float32) {
	simd.MulNumber(y, x, steep)
	simd.Clamp(y, y, 0, 1)
}

// between writes 1 where lo < x < hi and 0 elsewhere, by the product of the distances from both bounds: x is on the wrong
// side of one of them at most. Own has as many numbers.
func between(y, x, own []float32, lo, hi float32) {
	switch below, above := math.IsInf(float64(lo), -1), math.IsInf(float64(hi), 1); {
	case below && above:
		fill(y, 1)
	case above:
		simd.AddNumber(y, x, -lo)
		positive(y, y)
	case below:
		simd.SubFrom(y, x, hi)
		positive(y, y)
	default:
		to := own[:len(x)]
		simd.SubFrom(y, x, hi)
		if lo == 0 {
			simd.Mul(y, y, x)
		} else {
			simd.AddNumber(to, x, -lo)
			simd.Mul(y, y, to)
		}
		positive(y, y)
	}
}

// slopes has the derivatives of op.PointwiseGradient that vectors compute, by operator. The others are computed one by
// one.
var slopes = map[string]func(n *graph.Node) slopeOf{
	"Relu": func(*graph.Node) slopeOf { return func(y, x, _ []float32) { positive(y, x) } },
	"Clip": func(n *graph.Node) slopeOf {
		lo, hi := n.Float("min", NoActivation.Lo), n.Float("max", NoActivation.Hi)
		return func(y, x, own []float32) { between(y, x, own, lo, hi) }
	},
	"HardSigmoid": func(n *graph.Node) slopeOf {
		alpha := n.Float("alpha", 0.2)
		return func(y, x, own []float32) {
			between(y, x, own, 0, 1)
			simd.MulNumber(y, y, alpha)
		}
	},
	"LeakyRelu": func(n *graph.Node) slopeOf {
		alpha := n.Float("alpha", 0.01)
		return func(y, x, _ []float32) {
			positive(y, x)
			simd.MulNumber(y, y, 1-alpha)
			simd.AddNumber(y, y, alpha)
		}
	},
	"Sigmoid": func(*graph.Node) slopeOf {
		return func(y, x, _ []float32) {
			simd.SubFrom(y, x, 1)
			simd.Mul(y, y, x)
		}
	},
	"Tanh": func(*graph.Node) slopeOf {
		return func(y, x, _ []float32) {
			simd.Mul(y, x, x)
			simd.SubFrom(y, y, 1)
		}
	},
	"Exp": func(*graph.Node) slopeOf { return func(y, x, _ []float32) { copy(y, x) } },
	"Erf": func(*graph.Node) slopeOf {
		return func(y, x, _ []float32) {
			simd.Mul(y, x, x)
			simd.MulNumber(y, y, -1)
			simd.Exp(y, y)
			simd.MulNumber(y, y, 2/math.SqrtPi)
		}
	},
	// x/3 + 1/2 between -3 and 3, 1 above.
	"HardSwish": func(*graph.Node) slopeOf {
		return func(y, x, own []float32) {
			inside, rest := own[:len(x)], own[len(x):][:len(x)]
			between(inside, x, rest, -3, 3)
			simd.MulNumber(y, x, 1./3)
			simd.AddNumber(y, y, 0.5)
			simd.Mul(y, y, inside)
			positive(rest, x)
			simd.SubFrom(inside, inside, 1)
			simd.Mul(rest, rest, inside)
			simd.Add(y, y, rest)
		}
	},
	"Swish": func(n *graph.Node) slopeOf { // s (1 + a x (1 - s))
		alpha := n.Float("alpha", 1)
		return func(y, x, own []float32) {
			s := own[:len(x)]
			simd.MulNumber(y, x, alpha)
			simd.Sigmoid(s, y)
			rest := own[len(x):][:len(x)]
			simd.SubFrom(rest, s, 1)
			simd.Mul(y, y, rest)
			simd.AddNumber(y, y, 1)
			simd.Mul(y, y, s)
		}
	},
	"Gelu": func(n *graph.Node) slopeOf { // the normal distribution, and x times its density
		if n.Str("approximate", "none") != "none" {
			return nil
		}
		return func(y, x, own []float32) {
			density := own[:len(x)]
			simd.Mul(density, x, x)
			simd.MulNumber(density, density, -0.5)
			simd.Exp(density, density)
			simd.MulNumber(density, density, float32(1/math.Sqrt(2*math.Pi)))
			simd.Mul(density, density, x)
			simd.MulNumber(y, x, 1/math.Sqrt2)
			simd.Erf(y, y)
			simd.AddNumber(y, y, 1)
			simd.MulNumber(y, y, 0.5)
			simd.Add(y, y, density)
		}
	},
}

// bindPointwiseGradient binds nodes whose inputs have the same extents.
func bindPointwiseGradient(q *Request) (*Bound, error) {
	g, x := q.in(0), q.in(1)
	if !floating(g, x) || !sameDims(g, x) {
		return nil, ErrUnfit
	}
	scalar, err := op.Slope(q.Node)
	if err != nil {
		return nil, ErrUnfit
	}
	f := slopeOf(func(y, x, _ []float32) {
		for i, v := range x {
			y[i] = float32(scalar(float64(v)))
		}
	})
	if make := slopes[q.Node.Str("of", "")]; make != nil {
		if fast := make(q.Node); fast != nil {
			f = fast
		}
	}
	const part = 1 << 10 // several such buffers fit in the first-level cache
	k := &Bound{Name: "pointwisegradient", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0, 1}, Own: 3 * part}
	k.In[0], k.In[1] = x.Order, x.Order
	n := x.Len()
	k.Phases = []Phase{{Pieces: ceilDiv(n, part), Cost: 4 * part, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			from, to := i*part, min(n, (i+1)*part)
			y := own[:to-from]
			f(y, c.In[1][from:to], own[part:])
			simd.Mul(c.Out[0][from:to], c.In[0][from:to], y)
		}
	}}}
	return k, nil
}

// sameDims reports whether two arrays have the same extents.
func sameDims(a, b Array) bool {
	if a.Rank() != b.Rank() {
		return false
	}
	for d := range a.Dims {
		if a.Dims[d] != b.Dims[d] {
			return false
		}
	}
	return true
}
