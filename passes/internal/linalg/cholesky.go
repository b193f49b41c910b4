package linalg

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Cholesky is the factorization A = U^T U of a symmetric positive definite matrix, with U upper triangular.
type Cholesky struct{ u blas64.Triangular }

// Factorize factors the n x n matrix A whose upper triangle a holds in row-major order. U replaces that triangle; the elements below
// the diagonal are neither read nor written. It reports false if A is not positive definite.
func Factorize(a []float64, n int) (Cholesky, bool) {
	u, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: max(1, n), Data: a})
	return Cholesky{u}, ok
}

// Solve replaces b, an n x cols matrix, by A^-1 b.
func (c Cholesky) Solve(b []float64, cols int) {
	lapack64.Potrs(c.u, c.rightSide(b, cols))
}

// SolveFactor replaces b, an n x cols matrix, by U^-T b. The squared norm of the result is b^T A^-1 b.
func (c Cholesky) SolveFactor(b []float64, cols int) {
	blas64.Trsm(blas.Left, blas.Trans, 1, c.u, c.rightSide(b, cols))
}

func (c Cholesky) rightSide(b []float64, cols int) blas64.General {
	return blas64.General{Rows: c.u.N, Cols: cols, Stride: max(1, cols), Data: b}
}

// maxDamping ends the search of FactorizeDamped, as a multiple of the mean diagonal element.
const maxDamping = 1e6

var errNotFinite = errors.New("its inputs are not all finite numbers")

// FactorizeDamped factors A + lambda I, where lambda is damping times the mean of A's diagonal. The covariance of inputs that hardly
// vary is mostly rounding error and may not be positive definite; lambda then grows tenfold until the sum is. a holds both
// triangles of A. U replaces the upper one.
func FactorizeDamped(a []float64, n int, damping float64) (Cholesky, error) {
	mean := 0.0
	diagonal := make([]float64, n)
	for i := range n {
		diagonal[i] = a[i*n+i]
		mean += math.Abs(diagonal[i]) / float64(n)
	}
	if math.IsNaN(mean) || math.IsInf(mean, 0) {
		return Cholesky{}, errNotFinite
	}
	if mean == 0 {
		mean = 1 // nothing varies: any lambda will do
	}
	for lambda := damping * mean; lambda <= maxDamping*mean; lambda *= 10 {
		for i := range n {
			a[i*n+i] = diagonal[i] + lambda
			for j := range i {
				a[j*n+i] = a[i*n+j] // the attempt before overwrote it
			}
		}
		if c, ok := Factorize(a, n); ok {
			return c, nil
		}
	}
	return Cholesky{}, errNotFinite
}

// InvertDamped replaces both triangles of a by those of (A + lambda I)^-1, with lambda as in FactorizeDamped.
func InvertDamped(a []float64, n int, damping float64) error {
	c, err := FactorizeDamped(a, n, damping)
	if err != nil {
		return err
	}
	if _, ok := lapack64.Potri(c.u); !ok {
		return errNotFinite
	}
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
	return nil
}
