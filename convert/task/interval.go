package task

import (
	"math"

	"github.com/pollard-dev/pollard/convert/report"
)

// Confidence is the confidence level of intervals; z is the corresponding two-sided quantile of the
// normal distribution.
const Confidence, z = 0.95, 1.959963984540054

// wilson returns the score interval of a share after k of n samples (Wilson 1927,
// https://doi.org/10.1080/01621459.1927.10502953). Unlike the interval of the normal approximation
// it stays within 0 and 1, and holds near them.
func wilson(k, n int) report.Interval {
	if n == 0 {
		return report.Interval{Low: 0, High: 1}
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	i := report.Interval{Low: max(0, middle-half), High: min(1, middle+half)}
	switch k { // where rounding would miss the end of the range
	case 0:
		i.Low = 0
	case n:
		i.High = 1
	}
	return i
}

// pairs counts samples by which of two models predicts them correctly.
type pairs struct{ both, first, second, neither int }

func (p pairs) samples() int { return p.both + p.first + p.second + p.neither }

// difference returns by how much the share of the first model exceeds that of the second, with its
// interval: method 10 of Newcombe 1998 (Improved confidence intervals for the difference between
// binomial proportions based on paired data, Statistics in Medicine 17, 2635-2650). The method
// combines the Wilson intervals of both shares using their correlation. Models mostly fail on the
// same samples, which makes their difference more certain than either share.
func (p pairs) difference() (float64, report.Interval) {
	n := p.samples()
	if n == 0 {
		return 0, report.Interval{Low: -1, High: 1}
	}
	a, b := wilson(p.both+p.first, n), wilson(p.both+p.second, n)
	pa, pb := float64(p.both+p.first)/float64(n), float64(p.both+p.second)/float64(n)
	phi := p.phi()
	far := func(x, y float64) float64 { return math.Sqrt(max(0, x*x-2*phi*x*y+y*y)) }
	d := pa - pb
	return d, report.Interval{Low: d - far(pa-a.Low, b.High-pb), High: d + far(a.High-pa, pb-b.Low)}
}

// phi returns the correlation of the two, with the method's continuity correction.
func (p pairs) phi() float64 {
	product := func(x ...int) float64 {
		all := 1.0
		for _, v := range x {
			all *= float64(v)
		}
		return all
	}
	under := math.Sqrt(product(p.both+p.first, p.second+p.neither, p.both+p.second, p.first+p.neither))
	if under == 0 {
		return 0
	}
	over := product(p.both, p.neither) - product(p.first, p.second)
	if over > 0 {
		over = max(0, over-float64(p.samples())/2)
	}
	return over / under
}
