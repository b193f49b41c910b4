package lossless

import "math"

// interval bounds every element of a slice.
type interval struct{ lo, hi float64 }

var anything = interval{math.Inf(-1), math.Inf(1)}

func point(c float64) interval { return interval{c, c} }

// isPoint reports whether only one number is possible.
func (x interval) isPoint() bool { return x.lo == x.hi && !math.IsInf(x.lo, 0) }

// sound returns x, or no bounds if the arithmetic overflowed.
func (x interval) sound() interval {
	if math.IsNaN(x.lo) || math.IsNaN(x.hi) || x.lo > x.hi {
		return anything
	}
	return x
}

func (x interval) plus(y interval) interval { return interval{x.lo + y.lo, x.hi + y.hi}.sound() }

func (x interval) hull(y interval) interval { return interval{min(x.lo, y.lo), max(x.hi, y.hi)} }

// scaled is k times x.
func (x interval) scaled(k float64) interval {
	switch {
	case k == 0:
		return point(0)
	case k < 0:
		return interval{k * x.hi, k * x.lo}.sound()
	}
	return interval{k * x.lo, k * x.hi}.sound()
}

// times bounds the products of an element of x and one of y.
func (x interval) times(y interval) interval {
	product := func(a, b float64) float64 {
		if a == 0 || b == 0 { // zero times an unbounded number
			return 0
		}
		return a * b
	}
	a, b, c, d := product(x.lo, y.lo), product(x.lo, y.hi), product(x.hi, y.lo), product(x.hi, y.hi)
	return interval{min(a, b, c, d), max(a, b, c, d)}.sound()
}

// clamped returns x with everything outside the bounds moved to the nearer one.
func (x interval) clamped(lo, hi float64) interval {
	return interval{min(max(x.lo, lo), hi), min(max(x.hi, lo), hi)}
}
