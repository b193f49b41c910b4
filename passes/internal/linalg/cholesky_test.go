package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// definite is a symmetric positive definite n x n matrix: X^T X of 2n random rows.
func definite(r *rand.Rand, n int) []float64 {
	x, a := normal(r, 2*n*n), make([]float64, n*n)
	for i := range n {
		for j := range n {
			for k := range 2 * n {
				a[i*n+j] += x[k*n+i] * x[k*n+j]
			}
		}
	}
	return a
}

// times is a b by the definition, for a of n x n and b of n x cols.
func times(a, b []float64, n, cols int) []float64 {
	out := make([]float64, n*cols)
	for i := range n {
		for j := range cols {
			for k := range n {
				out[i*cols+j] += a[i*n+k] * b[k*cols+j]
			}
		}
	}
	return out
}

func near(t *testing.T, what string, have, want []float64) {
	t.Helper()
	for i := range want {
		if d := math.Abs(have[i] - want[i]); !(d <= 1e-8*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d is %g, want %g", what, i, have[i], want[i])
		}
	}
}

func TestCholeskySolves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 7, 48, 70, 96, 97, 150, 211} {
		for _, cols := range []int{1, 3} {
			a, x := definite(r, n), normal(r, n*cols)
			b := times(a, x, n, cols)
			upper := slices.Clone(a)
			for i := range n {
				for j := range i {
					upper[i*n+j] = math.NaN() // must not be read
				}
			}
			c, ok := Factorize(upper, n)
			if !ok {
				t.Fatalf("%d: not positive definite", n)
			}
			for i := range n {
				for j := range i {
					if !math.IsNaN(upper[i*n+j]) {
						t.Fatalf("%d: something is written below the diagonal", n)
					}
				}
			}
			solved := slices.Clone(b)
			c.Solve(solved, cols)
			near(t, "Solve", solved, x)

			half := slices.Clone(b)
			c.SolveFactor(half, cols)
			for j := range cols { // the squared norm of U^-T b is b^T A^-1 b
				norm, want := 0.0, 0.0
				for i := range n {
					norm += half[i*cols+j] * half[i*cols+j]
					want += b[i*cols+j] * x[i*cols+j]
				}
				near(t, "SolveFactor", []float64{norm}, []float64{want})
			}
		}
	}
	if _, ok := Factorize([]float64{1, 2, 2, 1}, 2); ok {
		t.Error("an indefinite matrix was factored")
	}
	if c, ok := Factorize(nil, 0); !ok {
		t.Error("the empty matrix was not factored")
	} else {
		c.Solve(nil, 0)
	}
}

func TestInvertDamped(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for _, n := range []int{0, 1, 5, 40, 96, 131, 300} {
		const damping = 0.01
		a := definite(r, n)
		inverse := slices.Clone(a)
		if err := InvertDamped(inverse, n, damping); err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for i := range n {
			mean += a[i*n+i] / float64(n)
		}
		unit := make([]float64, n*n)
		for i := range n {
			a[i*n+i] += damping * mean
			unit[i*n+i] = 1
		}
		near(t, "the product with the inverse", times(a, inverse, n, n), unit)
	}
}

// The covariance of inputs that hardly vary is rounding error, and may have negative numbers on its diagonal. It is damped until it
// is positive definite.
func TestDampingGrowsUntilDefinite(t *testing.T) {
	a := []float64{1e-16, -3e-16, -3e-16, -2e-16}
	if err := InvertDamped(a, 2, 0.01); err != nil {
		t.Fatal(err)
	}
	if !(a[0] > 0 && a[3] > 0 && a[0]*a[3] > a[1]*a[2]) || a[1] != a[2] {
		t.Errorf("have %v", a)
	}
	// The mean is 1.5e-16. With once that added the determinant is still negative; with ten times that it is not.
	b := []float64{1e-16, -3e-16, -3e-16, -2e-16}
	c, err := FactorizeDamped(b, 2, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "U_11^2 in units of 1e-16", []float64{c.u[0] * c.u[0] * 1e16}, []float64{1 + 15})
	zero := make([]float64, 4)
	if err := InvertDamped(zero, 2, 0.01); err != nil || zero[0] != 100 && math.Abs(zero[0]-100) > 1e-9 {
		t.Errorf("zero: have %v, %v", zero, err)
	}
}

func TestDampingRefusesWhatIsNotFinite(t *testing.T) {
	inf := math.Inf(1)
	for _, a := range [][]float64{{1, 0, 0, math.NaN()}, {1, math.NaN(), math.NaN(), 1}, {inf, inf, inf, inf}, {1, inf, inf, 1}} {
		if err := InvertDamped(slices.Clone(a), 2, 0.01); err == nil {
			t.Errorf("%v was inverted", a)
		}
	}
}

func BenchmarkCholesky(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, n := range []int{96, 288, 1152} {
		a := make([]float64, n*n)
		for i := range n {
			for j := range i {
				a[j*n+i] = r.NormFloat64()
				a[i*n+j] = a[j*n+i]
			}
			a[i*n+i] = 3 * float64(n)
		}
		outs := n / 6
		x := normal(r, n*outs)
		for name, f := range map[string]func(u []float64){
			"factorize": func(u []float64) { Factorize(u, n) },
			"solve": func(u []float64) {
				c, _ := Factorize(u, n)
				c.Solve(slices.Clone(x), outs)
			},
			"invert": func(u []float64) { _ = InvertDamped(u, n, 0.01) },
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					f(slices.Clone(a))
				}
			})
		}
	}
}
