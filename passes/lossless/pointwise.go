package lossless

import (
	"math"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// unary is what is known of an operator that computes each element from one element.
type unary struct {
	// bounds returns bounds of the results; nil if none are known.
	bounds func(f func(float64) float64, x interval) interval
	// homogeneous: f(kx) = k f(x) for k > 0. If linear, that holds for negative k too.
	homogeneous, linear bool
	// positive: f(x) = x for x >= 0.
	positive bool
}

func rising(f func(float64) float64, x interval) interval { return interval{f(x.lo), f(x.hi)}.sound() }

// The functions themselves are in graph/op, with a link to the page of each at https://onnx.ai/onnx/operators/.
var unaries = map[string]unary{
	"Identity":  {bounds: rising, homogeneous: true, linear: true, positive: true},
	"Neg":       {bounds: func(_ func(float64) float64, x interval) interval { return x.scaled(-1) }, homogeneous: true, linear: true},
	"Relu":      {bounds: rising, homogeneous: true, positive: true},
	"LeakyRelu": {homogeneous: true, positive: true}, // its slope may be negative
	"Abs": {homogeneous: true, positive: true, bounds: func(_ func(float64) float64, x interval) interval {
		if x.lo >= 0 {
			return x
		}
		return interval{max(0, -x.hi), max(-x.lo, x.hi)}
	}},
	"Sigmoid": {bounds: rising}, "Tanh": {bounds: rising}, "Erf": {bounds: rising}, "Exp": {bounds: rising},
	"Softplus": {bounds: rising},
	"HardSigmoid": {bounds: func(f func(float64) float64, x interval) interval {
		return rising(f, x).hull(rising(f, interval{x.hi, x.lo})) // either may be the upper one
	}},
	// It falls from 0 to -3/8 at -3/2 and rises from there.
	"HardSwish": {positive: false, bounds: func(f func(float64) float64, x interval) interval {
		switch {
		case x.hi <= -3:
			return point(0)
		case x.lo >= 0:
			return rising(f, x)
		}
		return interval{-0.375, max(0, f(max(x.hi, 0)))}
	}},
	"Elu": {}, "Celu": {}, "Selu": {}, "Gelu": {}, "Mish": {}, "Softsign": {}, "Sqrt": {}, "Reciprocal": {}, "Log": {}, "Sign": {},
	"Floor": {}, "Ceil": {}, "Round": {}, "Sin": {}, "Cos": {}, "ThresholdedRelu": {},
}

func init() {
	for name, u := range unaries {
		transfers[name] = u.transfer
	}
	transfers["Dropout"] = func(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice {
		if out != 0 || n.In(2) != nil { // it may be in training mode
			return nil
		}
		return f.of(n.In(0), axis, of)
	}
	transfers["Clip"] = clip
}

// transfer returns the slices after n.
func (u unary) transfer(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	in := f.of(n.In(0), axis, of)
	out := make([]slice, len(in))
	value := evaluator(n)
	what := kind(n)
	for i, x := range in {
		if x.sym == one {
			out[i] = constant(value(x.scale))
			if math.IsNaN(out[i].lo) || math.IsInf(out[i].lo, 0) {
				return nil
			}
			continue
		}
		if u.positive && x.lo >= 0 {
			out[i] = x
			continue
		}
		bounds := anything
		if u.bounds != nil {
			bounds = u.bounds(value, x.interval)
		}
		out[i] = f.applied(what, x, bounds, u)
	}
	return out
}

// applied is the result of an operator on the slice x.
func (f *facts) applied(what string, x slice, bounds interval, u unary) slice {
	key := what + " of " + strconv.Itoa(int(x.sym))
	switch {
	case u.linear:
		return f.linear(what, x, bounds)
	case u.homogeneous && x.scale > 0:
		return slice{bounds, f.named(key), x.scale}
	case u.homogeneous:
		return slice{bounds, f.named(key + " turned"), -x.scale}
	}
	return slice{bounds, f.named(key, x.scale), 1}
}

// linear is applied for a linear operator.
func (f *facts) linear(what string, x slice, bounds interval) slice {
	switch what[:3] {
	case "Ide": // the same numbers
		return slice{bounds, x.sym, x.scale}
	case "Neg":
		return slice{bounds, x.sym, -x.scale}
	}
	return slice{bounds, f.named(what + " of " + strconv.Itoa(int(x.sym))), x.scale}
}

// evaluator is n's operator on one number.
func evaluator(n *graph.Node) func(float64) float64 {
	d := op.Lookup(n)
	return func(x float64) float64 {
		y, err := d.Eval(n, []*graph.Tensor{graph.TensorOf([]float64{x}, 1)})
		if err != nil || len(y) == 0 {
			return math.NaN()
		}
		v, ok := graph.Floats(y[0])
		if !ok || len(v) != 1 {
			return math.NaN()
		}
		return v[0]
	}
}

// clip: https://onnx.ai/onnx/operators/onnx__Clip.html
func clip(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	lo, hi := math.Inf(-1), math.Inf(1)
	if n.Version < 11 {
		lo, hi = float64(n.Float("min", -math.MaxFloat32)), float64(n.Float("max", math.MaxFloat32))
	}
	for i, bound := range []*float64{&lo, &hi} {
		if n.In(1+i) == nil {
			continue
		}
		s := f.whole(n.In(1 + i))
		if s.sym != one {
			return nil
		}
		*bound = s.scale
	}
	in := f.of(n.In(0), axis, of)
	out := make([]slice, len(in))
	for i, x := range in {
		bounds := x.clamped(lo, hi)
		switch {
		case lo > hi:
			return nil
		case x.lo >= lo && x.hi <= hi:
			out[i] = x
		case bounds.isPoint():
			out[i] = constant(bounds.lo)
		case lo == 0 && hi >= math.MaxFloat32:
			out[i] = f.applied("Clip at 0", x, bounds, unary{homogeneous: true})
		default:
			out[i] = slice{bounds, f.named("Clip of "+strconv.Itoa(int(x.sym)), x.scale, lo, hi), 1}
		}
	}
	return out
}
