// Command fit prints the coefficients in ../coefficients.go: polynomials, and one ratio of two,
// that approximate a function with the least maximum relative error. Each is a weighted least
// squares fit whose weights are multiplied by the remaining error until it is level (Lawson's
// iteration: Contributions to the theory of linear least maximum approximation, 1961).
package main

import (
	"fmt"
	"math"
)

// fit describes an approximation: sum of c_k x^k = f(x), times q(x) = 1 + sum of d_k x^k if there
// are any d, with the error at x weighted by weight(x).
type fit struct {
	name      string
	lo, hi    float64
	numerator int // number of coefficients c
	divisor   int // number of coefficients d
	f, weight func(float64) float64
}

var fits = []fit{
	{"exp", -0.3470, 0.3470, 5, 0, // exp(x) = 1 + x + x^2 f(x)
		func(x float64) float64 { return series(x, 2) }, func(x float64) float64 { return x * x }},
	{"log", math.Sqrt2/2 - 1, math.Sqrt2 - 1, 8, 0, // log(1+x) = x - x^2/2 + x^3 f(x)
		logTail, func(x float64) float64 { return x * x * x / math.Log1p(x) }},
	{"erf", 0, 1, 7, 0, // erf(x) = x f(x^2)
		func(t float64) float64 { return math.Erf(math.Sqrt(t)) / math.Sqrt(t) }, func(float64) float64 { return 1 }},
	{"erfc", 1, 4, 7, 0, // erfc(x) = exp(-f(x))
		func(x float64) float64 { return -math.Log(math.Erfc(x)) }, math.Erfc},
	{"normal", 0, 14.5, 5, 5, // the normal distribution below -x = exp(-x^2/2) f(x)
		func(x float64) float64 { return 0.5 * scaledErfc(x/math.Sqrt2) }, func(x float64) float64 { return 1 / (0.5 * scaledErfc(x/math.Sqrt2)) }},
}

func main() {
	for _, f := range fits {
		c, worst := f.solve()
		fmt.Printf("// %s: worst relative error %.2g\n", f.name, worst)
		fmt.Printf("%s = []float64{", f.name)
		for k, v := range c {
			if k == f.numerator {
				fmt.Printf("}\n%sDivisor = []float64{1, ", f.name)
			}
			fmt.Printf("%.9g, ", v)
		}
		fmt.Println("}")
	}
}

// series returns the exponential's Taylor series from the k-th power on, divided by that power.
func series(x float64, k int) float64 {
	term, total := 1.0, 0.0
	for i := 1; i <= k; i++ {
		term /= float64(i)
	}
	for i := k + 1; i < k+20; i++ {
		total += term
		term *= x / float64(i)
	}
	return total
}

// logTail returns (log(1+x) - x + x^2/2) / x^3, which cannot be computed by subtraction near 0.
func logTail(x float64) float64 {
	total, power := 0.0, 1.0
	for k := 3; k < 80; k++ {
		total += power / float64(k)
		power *= -x
	}
	return total
}

// scaledErfc returns exp(x^2) erfc(x).
func scaledErfc(x float64) float64 { return math.Exp(x*x) * math.Erfc(x) }

const points = 800

func (f fit) solve() (c []float64, worst float64) {
	n := f.numerator + f.divisor
	lawson, q := make([]float64, points), make([]float64, points)
	for i := range lawson {
		lawson[i], q[i] = 1, 1
	}
	best := math.Inf(1)
	for range 300 {
		rows, right := make([][]float64, points), make([]float64, points)
		for i := range rows {
			x := f.at(i)
			w := math.Sqrt(lawson[i]) * f.weight(x) / q[i]
			rows[i] = make([]float64, n)
			for k := range n {
				if k < f.numerator {
					rows[i][k] = w * math.Pow(x, float64(k))
				} else {
					rows[i][k] = -w * f.f(x) * math.Pow(x, float64(k-f.numerator+1))
				}
			}
			right[i] = w * f.f(x)
		}
		found := leastSquares(rows, right)
		total, top := 0.0, 0.0
		for i := range lawson {
			x := f.at(i)
			q[i] = 1 + x*horner(found[f.numerator:], x)
			e := math.Abs((horner(found[:f.numerator], x)/q[i] - f.f(x)) * f.weight(x))
			top = max(top, e)
			lawson[i] *= e
			total += lawson[i]
		}
		for i := range lawson {
			lawson[i] = lawson[i]/total*points + 1e-9
		}
		if top < best {
			best, c = top, found
		}
	}
	return c, best
}

// at returns the i-th Chebyshev point.
func (f fit) at(i int) float64 {
	return (f.lo+f.hi)/2 - (f.hi-f.lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/points)
}

func horner(c []float64, x float64) float64 {
	y := 0.0
	for k := len(c) - 1; k >= 0; k-- {
		y = y*x + c[k]
	}
	return y
}

// leastSquares minimizes |a c - b| by Householder reflections. It overwrites a and b.
func leastSquares(a [][]float64, b []float64) []float64 {
	n := len(a[0])
	scale := make([]float64, n)
	for k := range n {
		for i := range a {
			scale[k] = max(scale[k], math.Abs(a[i][k]))
		}
		for i := range a {
			a[i][k] /= scale[k]
		}
	}
	for k := range n {
		reflect(a, b, k)
	}
	c := make([]float64, n)
	for k := n - 1; k >= 0; k-- {
		c[k] = b[k]
		for j := k + 1; j < n; j++ {
			c[k] -= a[k][j] * c[j]
		}
		c[k] /= a[k][k]
	}
	for k := range c {
		c[k] /= scale[k]
	}
	return c
}

// reflect makes column k zero below the diagonal.
func reflect(a [][]float64, b []float64, k int) {
	norm := 0.0
	for i := k; i < len(a); i++ {
		norm = math.Hypot(norm, a[i][k])
	}
	if a[k][k] > 0 {
		norm = -norm
	}
	v := make([]float64, len(a))
	square := 0.0
	for i := k; i < len(a); i++ {
		v[i] = a[i][k]
		if i == k {
			v[i] -= norm
		}
		square += v[i] * v[i]
	}
	if square == 0 {
		return
	}
	for j := k; j <= len(a[0]); j++ {
		at := func(i int) *float64 {
			if j == len(a[0]) {
				return &b[i]
			}
			return &a[i][j]
		}
		dot := 0.0
		for i := k; i < len(a); i++ {
			dot += v[i] * *at(i)
		}
		for i := k; i < len(a); i++ {
			*at(i) -= 2 * dot / square * v[i]
		}
	}
}
