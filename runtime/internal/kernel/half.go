package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Own is the domain of operators that only programs have. They have no definition in graph/op.
const Own = "pollard"

// rounders maps the operators of Own that round float32 to the numbers of a half-precision type.
var rounders = map[string]func(y, x []float32, rows, n, ldy, ldx int, lo, hi float32){
	Rounder(graph.Float16):  simd.RoundFloat16,
	Rounder(graph.BFloat16): simd.RoundBFloat16,
}

// Rounder names the operator of Own that rounds float32 to d, float16 or bfloat16.
func Rounder(d graph.DType) string { return "Round to " + d.String() }

// Rounds reports whether n is the operator named by Rounder.
func Rounds(n *graph.Node) bool { return n.Domain == Own && rounders[n.Op] != nil }

// Joins reports whether n is an operator of Own that may be part of an epilogue.
func Joins(n *graph.Node) bool {
	return Rounds(n) || n.Domain == Own && (n.Op == Quantize || n.Op == Rescale)
}

func init() {
	for name := range rounders {
		bind(bindUnary, Own+"."+name)
	}
	bind(bindCast, "Cast")
}

// rounding returns the activation that rounds and clamps.
func rounding(name string, lo, hi float32) Activation {
	f := rounders[name]
	return Activation{F: func(y, x []float32) { f(y, x, 1, len(x), len(x), len(x), lo, hi) }, Cost: 2, round: name, Lo: lo, Hi: hi}
}

// Then returns the activation that applies a first and b to the result.
func (a Activation) Then(b Activation) Activation {
	switch {
	case a.None():
		return b
	case a.round != "" && b.F == nil && a.Lo <= b.Hi && b.Lo <= a.Hi:
		return rounding(a.round, max(a.Lo, b.Lo), min(a.Hi, b.Hi))
	case a.rows != nil || b.rows != nil:
		return byRows(a, b)
	}
	return Activation{F: func(y, x []float32) {
		switch {
		case a.F == nil:
			simd.Clamp(y, x, a.Lo, a.Hi)
		default:
			a.F(y, x)
		}
		b.apply(y)
	}, Cost: a.Cost + b.Cost, Lo: NoActivation.Lo, Hi: NoActivation.Hi}
}

// byRows is Then where rows are taken where they lie.
func byRows(a, b Activation) Activation {
	c := NoActivation
	c.Cost, c.ByColumn = a.Cost+b.Cost, a.ByColumn || b.ByColumn
	c.rows = func(y []float32, rows, n, ld, first int) {
		a.applyRows(y, rows, n, ld, first)
		b.applyRows(y, rows, n, ld, first)
	}
	if !c.ByColumn {
		c.F = func(y, x []float32) {
			if copy(y, x); len(y) > 0 {
				c.rows(y, 1, len(y), len(y), 0)
			}
		}
	}
	return c
}

// bindCast converts between half precision and float32.
func bindCast(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	n := x.Len()
	k := &Bound{Name: "cast", Out: []Array{y}, In: q.orders()}
	var f func(c *Call, from, to int)
	switch {
	case x.DType.IsHalf() && y.DType == graph.Float32:
		f = func(c *Call, from, to int) { graph.Widen(c.Out[0][from:to], c.Read[0], from) }
	case x.DType == graph.Float32 && y.DType.IsHalf():
		f = func(c *Call, from, to int) { graph.Narrow(c.Written[0], from, c.In[0][from:to]) }
	default:
		return nil, ErrUnfit
	}
	k.Phases = []Phase{{Pieces: ceilDiv(n, run), Cost: run * 3, Do: func(c *Call, _ []float32, lo, hi int) {
		f(c, lo*run, min(n, hi*run))
	}}}
	return k, nil
}
