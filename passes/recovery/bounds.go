package recovery

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
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

// ends returns the bounds in float32; a nil b has none.
func (b *bounds) ends() (low, high float32) {
	if b == nil {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return float32(b.low), float32(b.high)
}

// apart returns the energy of want and that of the difference of have to it, both behind the activation.
func (b *bounds) apart(want, have []float32) (energy, apart float64) {
	low, high := b.ends()
	return linalg.Apart(want, have, low, high)
}

// pull writes into r the residuals to learn from. Where the original lies outside the bounds, a prediction beyond the same
// bound is right as it is. z are the predictions, want is what the original computes, and have what the cut network
// computes. r may be z.
func (b *bounds) pull(r, z, want, have []float32) {
	low, high := b.ends()
	linalg.Pull(r, z, want, have, low, high)
}
