package main

import "math"

// nearOne returns log(1+f) - f, where 1+f is within a factor of sqrt(2) of 1.
func (l level) nearOne(f bundle) bundle {
	p := l.fma(f, l.horner(f, logSeries), l.fill(-0.5, len(f)))
	return l.mul(l.mul(f, f), p)
}

// log returns e log(2) + log(1+f), where x = 2^e (1+f). See Cody and Waite, chapter 5.
func (l level) log(x bundle) bundle {
	n := len(x)
	m, e, all := l.mantissa(x)
	one := l.same(1, n)
	large := l.where(m, greater, l.same(math.Sqrt2, n))
	m = l.mul(m, l.choose(large, l.same(0.5, n), one))
	e = l.add(e, l.keep(large, one))
	f := l.sub(m, one)
	y := l.fma(e, l.same(log2Low, n), l.nearOne(f))
	y = l.fma(e, l.same(log2High, n), l.add(y, f))
	if all {
		return y
	}
	zero, infinity := l.same(0, n), l.same(math.Inf(1), n)
	y = l.choose(l.where(x, less, infinity), y, x)
	y = l.choose(l.where(x, equal, zero), l.same(math.Inf(-1), n), y)
	return l.choose(l.where(x, less, zero), l.same(math.NaN(), n), y)
}

// softplus returns log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
func (l level) softplus(x bundle) bundle {
	n := len(x)
	e := l.expBelow(l.negative(x))
	large := l.where(e, greater, l.same(math.Sqrt2-1, n))
	f := l.choose(large, l.mulBy(l.plus(e, -1), 0.5), e)
	y := l.add(l.nearOne(f), f)
	y = l.add(y, l.keep(large, l.same(math.Ln2, n)))
	return l.add(y, l.max(x, 0))
}

// mish returns x tanh(log(1 + exp(x))) = x (e^2 + 2e) / (e^2 + 2e + 2), where e = exp(x). If x is
// negative, the power of two in the first e is applied at the end, see logistic.
func (l level) mish(x bundle) bundle {
	below := l.where(x, less, l.same(0, len(x)))
	s, n := l.exponent(l.min(l.max(x, -120), 20), nil)
	s = l.plus(s, 1)
	e := l.scale(s, n)
	two := l.plus(e, 2)
	factor := l.div(l.mul(l.choose(below, s, e), two), l.fma(e, two, l.fill(2, len(x))))
	return l.scale(l.mul(l.max(x, -200), factor), l.keep(below, n))
}

func (l level) elu(x, alpha bundle) bundle {
	below := l.mul(alpha, l.expm1(l.max(l.min(x, 0), -30)))
	return l.choose(l.where(x, greater, l.same(0, len(x))), x, below)
}
