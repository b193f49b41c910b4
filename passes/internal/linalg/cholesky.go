package linalg

import (
	"errors"
	"math"
)

// block is the number of rows factored at a time. It is small, so that most of the work is in
// products.
const block = 24

// Cholesky is the factorization A = U^T U of a symmetric positive definite matrix, with U upper triangular.
type Cholesky struct {
	n        int
	u        []float64   // n x n, in the upper triangle
	inverses [][]float64 // inverses of the diagonal blocks of U, upper triangular
}

// Factorize factors the n x n matrix A whose upper triangle a holds in row-major order. U replaces
// that triangle. The elements below the diagonal are neither read nor written. It reports false if
// A is not positive definite.
//
// It works on a block of rows at a time. It subtracts the contribution of the rows above, which is
// a product, then factors the diagonal block and multiplies the rest by the inverse of that factor
// (Golub and Van Loan, Matrix Computations, 4th edition, section 4.2.6).
func Factorize(a []float64, n int) (Cholesky, bool) {
	c := Cholesky{n: n, u: a}
	square := make([]float64, block*block)
	for at := 0; at < n; at += block {
		m := min(block, n-at)
		rest := n - at - m
		above := Of(a[at:], at, m, n).T() // the rows above, in the columns of this block
		d := square[:m*m]
		for i := range m {
			clear(d[i*m : i*m+i])
			copy(d[i*m+i:(i+1)*m], a[(at+i)*n+at+i:])
		}
		add(Of(d, m, m, m), above, above.T(), -1, 1, true)
		if !factorSquare(d, m) {
			return Cholesky{}, false
		}
		for i := range m {
			copy(a[(at+i)*n+at+i:][:m-i], d[i*m+i:(i+1)*m])
		}
		inverse := invertTriangle(d, m)
		c.inverses = append(c.inverses, inverse)
		if rest > 0 {
			right := a[at*n+at+m:]
			if at > 0 {
				add(Of(right, m, rest, n), above, Of(a[at+m:], at, rest, n), -1, 1, false)
			}
			replaceBy(right, m, rest, n, Of(inverse, m, m, m).T())
		}
	}
	return c, true
}

// factorSquare factors a small m x m matrix in place. d holds the upper triangle and zeros below
// it. It reports false if the matrix is not positive definite.
func factorSquare(d []float64, m int) bool {
	for i := range m {
		row := d[i*m : (i+1)*m]
		if !(row[i] > 0) || math.IsInf(row[i], 1) {
			return false
		}
		row[i] = math.Sqrt(row[i])
		for j, f := i+1, 1/row[i]; j < m; j++ {
			row[j] *= f
		}
		for k := i + 1; k < m; k++ {
			subtract(d[k*m+k:(k+1)*m], row[k], row[k:])
		}
	}
	return true
}

// subtract subtracts f times from, element by element, from to.
func subtract(to []float64, f float64, from []float64) {
	from = from[:len(to)]
	for len(to) >= 4 {
		a, b := to[:4:4], from[:4:4]
		a[0] -= f * b[0]
		a[1] -= f * b[1]
		a[2] -= f * b[2]
		a[3] -= f * b[3]
		to, from = to[4:], from[4:]
	}
	for i, v := range from {
		to[i] -= f * v
	}
}

// invertTriangle returns the inverse of an upper triangular matrix.
func invertTriangle(u []float64, m int) []float64 {
	v := make([]float64, m*m)
	for i := m - 1; i >= 0; i-- { // row i of V is (e_i - sum over k > i of U_ik V_k) / U_ii
		row := v[i*m : (i+1)*m]
		for k := i + 1; k < m; k++ {
			subtract(row[k:], u[i*m+k], v[k*m+k:(k+1)*m])
		}
		f := 1 / u[i*m+i]
		for j := i + 1; j < m; j++ {
			row[j] *= f
		}
		row[i] = f
	}
	return v
}

// replaceBy replaces the rows x cols matrix b, whose rows are stride apart, by the product a b.
func replaceBy(b []float64, rows, cols, stride int, a Matrix) {
	was := doubles.borrow(rows * cols)
	defer doubles.giveBack(was)
	for i := range rows {
		row := b[i*stride:][:cols]
		copy((*was)[i*cols:], row)
		clear(row)
	}
	add(Of(b, rows, cols, stride), a, Of(*was, rows, cols, cols), 1, 1, false)
}

// Solve replaces b, an n x cols matrix, by A^-1 b.
func (c Cholesky) Solve(b []float64, cols int) {
	c.SolveFactor(b, cols)
	for i := len(c.inverses) - 1; i >= 0 && cols > 0; i-- {
		at := i * block
		m := min(block, c.n-at)
		rest := c.n - at - m
		if rest > 0 {
			add(Of(b[at*cols:], m, cols, cols), Of(c.u[at*c.n+at+m:], m, rest, c.n), Of(b[(at+m)*cols:], rest, cols, cols), -1, 1, false)
		}
		replaceBy(b[at*cols:], m, cols, cols, Of(c.inverses[i], m, m, m))
	}
}

// SolveFactor replaces b, an n x cols matrix, by U^-T b. The squared norm of the result is b^T A^-1 b.
func (c Cholesky) SolveFactor(b []float64, cols int) {
	for i, inverse := range c.inverses {
		if cols == 0 {
			return
		}
		at := i * block
		m := min(block, c.n-at)
		if at > 0 {
			add(Of(b[at*cols:], m, cols, cols), Of(c.u[at:], at, m, c.n).T(), Of(b, at, cols, cols), -1, 1, false)
		}
		replaceBy(b[at*cols:], m, cols, cols, Of(inverse, m, m, m).T())
	}
}

// invert replaces a, which holds U, by both triangles of A^-1.
func (c Cholesky) invert(a []float64) {
	n := c.n
	v := make([]float64, n*n) // U^-T, lower triangular
	for i, inverse := range c.inverses {
		at := i * block
		m := min(block, n-at)
		right := at + m // number of columns that are not zero
		if at > 0 {
			add(Of(v[at*n:], m, at, n), Of(c.u[at:], at, m, n).T(), Of(v, at, at, n), -1, 1, false)
		}
		for j := range m {
			v[(at+j)*n+at+j] = 1
		}
		replaceBy(v[at*n:], m, right, n, Of(inverse, m, m, m).T())
	}
	clear(a[:n*n])
	add(Of(a, n, n, n), Of(v, n, n, n).T(), Of(v, n, n, n), 1, 1, true)
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
}

// maxDamping is the largest lambda that FactorizeDamped tries, as a multiple of the mean of the
// diagonal.
const maxDamping = 1e6

var errNotFinite = errors.New("its inputs are not all finite numbers")

// FactorizeDamped factors A + lambda I, where lambda is damping times the mean of A's diagonal. The
// covariance of inputs that hardly vary is mostly rounding error and may not be positive definite.
// lambda then grows tenfold until the sum is. a holds both triangles of A. U replaces the upper
// one.
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
				a[j*n+i] = a[i*n+j] // the previous attempt overwrote it
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
	c.invert(a)
	return nil
}
