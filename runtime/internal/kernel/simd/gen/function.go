package main

import "math"

// exponent splits exp(x + low) into 2^n (1 + s), |s| < 0.42; low may be nil. After Cody and Waite, Software Manual for
// the Elementary Functions, 1980, chapter 6.
func (l level) exponent(x, low bundle) (s, n bundle) {
	n = l.mulBy(x, math.Log2E)
	l.round(n)
	r := l.fnma(n, l.same(log2High, len(x)), l.copy(x))
	r = l.fnma(n, l.same(log2Low, len(x)), r)
	if low != nil {
		r = l.add(r, low)
	}
	return l.fma(l.mul(r, r), l.horner(r, expSeries), r), n
}

// exp rounds to 0 below lowest, and to infinity above highest.
const lowest, highest = -104, 89

func (l level) exp(x bundle) bundle {
	s, n := l.exponent(l.min(l.max(x, lowest), highest), nil)
	return l.scale(l.plus(s, 1), n)
}

// expBelow returns exp for numbers that are not above 0.
func (l level) expBelow(x bundle) bundle {
	s, n := l.exponent(l.max(x, lowest), nil)
	return l.scale(l.plus(s, 1), n)
}

// expm1 returns exp(x) - 1 for -30 <= x <= 30. Computing 2^n s + (2^n - 1) keeps the digits of
// results near 0.
func (l level) expm1(x bundle) bundle {
	s, n := l.exponent(x, nil)
	power := l.scale(l.same(1, len(x)), n)
	return l.fma(power, s, l.plus(power, -1))
}

func (l level) sigmoid(x bundle) bundle {
	e := l.exp(l.minus(x))
	return l.div(l.same(1, len(x)), l.plus(e, 1))
}

// tanh returns (exp(2|x|) - 1) / (exp(2|x|) + 1), with the sign of x.
func (l level) tanh(x bundle) bundle {
	e := l.expm1(l.min(l.absolute(l.add(x, x)), 20))
	return l.or(l.div(e, l.plus(e, 2)), l.and(x, sign))
}

// erf is a polynomial up to 1, and 1 - exp of a polynomial beyond.
func (l level) erf(x bundle) bundle {
	near := l.mul(x, l.horner(l.mul(x, x), erfSeries))
	a := l.absolute(x)
	e := l.expBelow(l.minus(l.horner(l.min(a, 4), erfcSeries)))
	far := l.or(l.sub(l.same(1, len(x)), e), l.and(x, sign))
	return l.choose(l.where(a, less, l.same(1, len(x))), near, far)
}

// gelu returns x times the normal distribution function at x. At -|x|, that is computed to full
// precision as exp(-x^2/2) times a ratio, where the square's rounding error goes into the
// exponential too.
func (l level) gelu(x bundle) bundle {
	short := l.min(l.max(x, -14.5), 14.5)
	a := l.absolute(short)
	half := l.mulBy(a, -0.5)
	square := l.mul(half, a)
	s, n := l.exponent(square, l.fms(half, a, l.copy(square)))
	ratio := l.div(l.horner(a, normalNumerator), l.horner(a, normalDivisor))
	tail := l.mul(l.scale(l.plus(s, 1), n), l.mul(short, ratio))
	return l.choose(l.where(x, greater, l.same(0, len(x))), l.sub(x, tail), tail)
}

// logistic returns x / (1 + exp(-w - low)), where low may be nil. If w is negative that is x exp(w)
// / (1 + exp(w)). The power of two is applied at the end, because x exp(w) may be a normal number
// even if exp(w) is not. If w is below -120, x must be finite, and not so large that x 2^-173 does
// not round to 0.
func (l level) logistic(x, w, low bundle) bundle {
	below := l.where(w, less, l.same(0, len(x)))
	s, n := l.exponent(l.max(l.negative(w), -120), low)
	s = l.plus(s, 1)
	one := l.same(1, len(x))
	top := l.mul(x, l.choose(below, s, one))
	return l.scale(l.div(top, l.add(l.scale(s, n), one)), l.keep(below, n))
}

func (l level) silu(x bundle) bundle { return l.logistic(l.max(x, -200), x, nil) }

// geluTanh returns x / (1 + exp(-w)), where w = 2 sqrt(2/pi) (x + 0.044715 x^3) is in two parts,
// because exp turns the absolute error of w into a relative one. The first coefficient has few
// digits, so that subtracting its product again is exact.
func (l level) geluTanh(x bundle) bundle {
	first, third := 2*math.Sqrt(2/math.Pi), 2*math.Sqrt(2/math.Pi)*0.044715
	few := math.Round(first*(1<<19)) / (1 << 19)
	high := float64(float32(third))
	n := len(x)
	short := l.min(l.max(x, -15), 15)
	square := l.mul(short, short)
	squareLow := l.fms(short, short, l.copy(square))
	factor := l.fma(square, l.same(high, n), l.fill(few, n))
	left := l.fms(square, l.same(high, n), l.plus(factor, -few))
	left = l.fma(square, l.same(third-high, n), left)
	left = l.fma(squareLow, l.same(high, n), l.plus(left, first-few))
	w := l.mul(short, factor)
	low := l.fma(short, left, l.fms(short, factor, l.copy(w)))
	return l.logistic(l.max(x, -200), w, l.against(low, w))
}

// against returns the low part of -|w|, where low is that of w.
func (l level) against(low, w bundle) bundle {
	return l.minus(l.xor(low, l.and(w, sign)))
}

// quickGelu returns x / (1 + exp(-alpha x)).
func (l level) quickGelu(x, alpha bundle) bundle {
	w := l.mul(x, alpha)
	low := l.fms(x, alpha, l.copy(w))
	low = l.keep(l.where(l.absolute(w), less, l.same(150, len(x))), low) // not if w is infinite
	top := l.keep(l.where(l.same(-119, len(x)), less, w), x)
	return l.logistic(top, w, l.against(low, w))
}

func (l level) hardSwish(x bundle) bundle {
	ramp := l.min(l.max(l.plus(x, 3), 0), 6)
	return l.mul(l.max(x, -3), l.mulBy(ramp, 1.0/6))
}
