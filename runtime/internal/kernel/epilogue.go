package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Epilogue is applied to each element of a product or a sum while the result is still in registers
// or in the nearest cache: first Bias, then Residual, then Activation.
type Epilogue struct {
	Bias       *graph.Tensor // one number for each position of an axis that the kernel knows; nil if there is none
	BiasIn     int           // the input of the Request that is the bias, if it is not a constant; 0 if there is none
	Residual   int           // the input of the Request that is added; 0 if there is none
	Activation Activation
}

// bias returns the bias of a run, or nil.
func (e *Epilogue) bias(c *Call) []float32 {
	switch {
	case e.Bias != nil:
		return graph.Data[float32](e.Bias)
	case e.BiasIn > 0:
		return c.In[e.BiasIn]
	}
	return nil
}

// Activation is a function of one element.
type Activation struct {
	Lo, Hi float32              // a clamp, if F is nil
	F      func(y, x []float32) // y may be x
	Cost   int
	round  string // what F rounds to, before it clamps to Lo and Hi; empty if it does something else
	// ByColumn says that it depends on the position on the channel axis of a product. Then there is no
	// F, and only Conv and MatMul take it.
	ByColumn bool
	// rows applies it in place to rows of n numbers of y, ld apart. The first number is that of column
	// first. It is nil if F or the clamp says all.
	rows func(y []float32, rows, n, ld, first int)
}

// NoActivation changes nothing.
var NoActivation = Activation{Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1))}

// None reports whether a changes nothing.
func (a Activation) None() bool {
	return !a.apart() && math.IsInf(float64(a.Lo), -1) && math.IsInf(float64(a.Hi), 1)
}

// apart reports whether there is more to do than a clamp in registers.
func (a Activation) apart() bool { return a.F != nil || a.ByColumn }

// clamp returns the clamp to apply in registers: none if F or rows does the work.
func (a Activation) clamp() (lo, hi float32) {
	if a.apart() {
		return NoActivation.Lo, NoActivation.Hi
	}
	return a.Lo, a.Hi
}

// apply applies a to y in place.
func (a Activation) apply(y []float32) {
	switch {
	case a.F != nil:
		a.F(y, y)
	case !a.None():
		simd.Clamp(y, y, a.Lo, a.Hi)
	}
}

// applyRows applies a to rows of n numbers of y, ld apart, in place. The first number of a row is that of
// column first.
func (a Activation) applyRows(y []float32, rows, n, ld, first int) {
	switch {
	case a.rows != nil:
		a.rows(y, rows, n, ld, first)
	case n == ld:
		a.apply(y[:rows*n])
	case a.round != "":
		rounders[a.round](y, y, rows, n, ld, ld, a.Lo, a.Hi)
	default:
		for r := range rows {
			a.apply(y[r*ld:][:n])
		}
	}
}
