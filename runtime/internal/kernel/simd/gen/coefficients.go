package main

import "math"

// The output of ./fit, where the ratios and polynomials are described. All are for single
// precision: their error is below a tenth of its resolution, 6e-8, so that only rounding matters.
var (
	// exp(x) = 1 + x + x^2 f(x), |x| <= log(2)/2
	expSeries = []float64{0.50000001, 0.166665182, 0.0416662037, 0.00836896994, 0.00139506308}
	// log(1+x) = x - x^2/2 + x^3 f(x), sqrt(1/2) <= 1+x <= sqrt(2)
	logSeries = []float64{0.333333317, -0.25000821, 0.200012269, -0.166233573, 0.14201758, -0.131601824, 0.12761577, -0.0763449653}
	// erf(x) = x f(x^2), |x| <= 1
	erfSeries = []float64{1.12837917, -0.376126271, 0.112836002, -0.0268544446, 0.00518953545, -0.000802084227, 7.88912285e-05}
	// erfc(x) = exp(-f(x)), 1 <= x <= 4
	erfcSeries = []float64{0.000353715581, 1.12704005, 0.63822565, 0.103037393, -0.0218053305, 0.00293961043, -0.000185574337}
	// the normal distribution below -x = exp(-x^2/2) f(x), 0 <= x <= 14.5
	normalNumerator = []float64{0.500000003, 0.438294804, 0.183234962, 0.0406331483, 0.00411629225}
	normalDivisor   = []float64{1, 1.67447459, 1.20250256, 0.469470151, 0.101858645, 0.0103178948}
)

// log(2) in two parts. The first has so few digits that its product with an exponent is exact; the
// second is positive.
const (
	log2High = 0x1.62e4p-1
	log2Low  = math.Ln2 - log2High
)

var negativeInfinity, notANumber = math.Inf(-1), math.NaN()
