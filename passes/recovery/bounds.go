package recovery

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
)

// bounds is an activation that is the identity between two numbers and flat outside them.
type bounds struct{ low, high float64 }

// boundsOf returns n as such an activation, or nil if it is not one.
func boundsOf(n *graph.Node) *bounds {
	if n == nil || n.Domain != "" {
		return nil
	}
	switch n.Op {
	case "Relu":
		return &bounds{0, math.Inf(1)}
	case "Clip":
		b := &bounds{math.Inf(-1), math.Inf(1)}
		if n.Version < 11 {
			b.low, b.high = float64(n.Float("min", float32(b.low))), float64(n.Float("max", float32(b.high)))
			return b
		}
		for i, to := range []*float64{&b.low, &b.high} {
			if n.In(i+1) == nil {
				continue
			}
			c := linear.Fixed(n, i+1)
			if c == nil || c.Len() != 1 {
				return nil
			}
			*to = linear.Floats(c)[0]
		}
		return b
	}
	return nil
}

// clamp applies the activation; a nil b is the identity.
func (b *bounds) clamp(x float64) float64 {
	if b == nil {
		return x
	}
	return min(max(x, b.low), b.high)
}

// pull replaces the predictions z by the residuals to learn from. Where the original lies outside
// the bounds, a prediction beyond the same bound is right as it is. want is what the original
// computes, and have what the cut network computes.
func (b *bounds) pull(z, want, have []float64) {
	want, have = want[:len(z)], have[:len(z)]
	for i, t := range want {
		switch {
		case t <= b.low:
			t = min(z[i], b.low)
		case t >= b.high:
			t = max(z[i], b.high)
		}
		z[i] = t - have[i]
	}
}
