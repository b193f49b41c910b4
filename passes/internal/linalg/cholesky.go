package linalg

import (
	"errors"
	"math"
)

const (
	// block is the number of rows factored at a time. It is small, so that most of the work is in
	// products.
	block = 24
	// outer is the number of rows whose products with all rows before them are subtracted at once, so
	// that these are read less often.
	outer = 4 * block
)

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
// (Golub and Van Loan, Matrix Computations, 4th edition, section 4.2.6). Contributions of rows that
// are farther above are subtracted for several blocks at once.
func Factorize(a []float64, n int) (Cholesky, bool) {
	c := Cholesky{n: n, u: a}
	room := doubles.borrow(min(n, outer) * min(n, outer))
	defer doubles.giveBack(room)
	square := *room
	for from := 0; from < n; from += outer {
		end := min(n, from+outer)
		subtractAbove(a, n, 0, from, end, square)
		for at := from; at < end; at += block {
			m := min(block, n-at)
			subtractAbove(a, n, from, at, at+m, square)
			d := square[:m*m]
			clear(d)
			copyUpper(d, m, a[at*n+at:], n, m)
			if !factorSquare(d, m) {
				return Cholesky{}, false
			}
			copyUpper(a[at*n+at:], n, d, m, m)
			inverse := invertTriangle(d, m)
			c.inverses = append(c.inverses, inverse)
			if rest := n - at - m; rest > 0 {
				replaceBy(a[at*n+at+m:], m, rest, n, Of(inverse, m, m, m).T())
			}
		}
	}
	return c, true
}

// subtractAbove subtracts from the rows at to end-1 of the upper triangle of a the contribution of
// the factor's rows from to at-1. square is room for (end-at)^2 numbers.
func subtractAbove(a []float64, n, from, at, end int, square []float64) {
	m, rest := end-at, n-end
	if at == from {
		return
	}
	above := Of(a[from*n+at:], at-from, m, n).T()
	d := square[:m*m]
	clear(d)
	copyUpper(d, m, a[at*n+at:], n, m)
	add(Of(d, m, m, m), above, above.T(), -1, 1, true)
	copyUpper(a[at*n+at:], n, d, m, m)
	if rest > 0 {
		add(Of(a[at*n+end:], m, rest, n), above, Of(a[from*n+end:], at-from, rest, n), -1, 1, false)
	}
}

// copyUpper copies the upper triangle of the m x m matrix in src, whose rows are step apart, to
// dst, whose rows are stride apart.
func copyUpper(dst []float64, stride int, src []float64, step, m int) {
	for i := range m {
		copy(dst[i*stride+i:i*stride+m], src[i*step+i:])
	}
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
	if cols == 0 {
		return
	}
	c.SolveFactor(b, cols)
	for from := (c.n - 1) / outer * outer; from >= 0; from -= outer {
		end := min(c.n, from+outer)
		c.subtractBelow(b, cols, from, end, c.n)
		for at := from + (end-1-from)/block*block; at >= from; at -= block {
			m := min(block, c.n-at)
			c.subtractBelow(b, cols, at, at+m, end)
			replaceBy(b[at*cols:], m, cols, cols, Of(c.inverses[at/block], m, m, m))
		}
	}
}

// subtractBelow subtracts from the rows at to end-1 of b what U makes of the rows end to last-1.
func (c Cholesky) subtractBelow(b []float64, cols, at, end, last int) {
	if last > end {
		add(Of(b[at*cols:], end-at, cols, cols), Of(c.u[at*c.n+end:], end-at, last-end, c.n), Of(b[end*cols:], last-end, cols, cols), -1, 1, false)
	}
}

// SolveFactor replaces b, an n x cols matrix, by U^-T b. The squared norm of the result is b^T A^-1 b.
func (c Cholesky) SolveFactor(b []float64, cols int) {
	if cols > 0 {
		c.solveFactor(b, cols, func(int) int { return cols })
	}
}

// solveFactor is SolveFactor of the matrix b of which all rows before a row have nothing but zeros
// behind so many columns; rows are stride apart.
func (c Cholesky) solveFactor(b []float64, stride int, filled func(row int) int) {
	// subtract subtracts from the rows at to end-1 what U^T makes of the rows from to at-1.
	subtract := func(from, at, end int) {
		if cols := filled(at); at > from {
			add(Of(b[at*stride:], end-at, cols, stride), Of(c.u[from*c.n+at:], at-from, end-at, c.n).T(), Of(b[from*stride:], at-from, cols, stride), -1, 1, false)
		}
	}
	for from := 0; from < c.n; from += outer {
		end := min(c.n, from+outer)
		subtract(0, from, end)
		for at := from; at < end; at += block {
			m := min(block, c.n-at)
			subtract(from, at, at+m)
			replaceBy(b[at*stride:], m, filled(at+m), stride, Of(c.inverses[at/block], m, m, m).T())
		}
	}
}

// invert replaces a, which holds U, by both triangles of A^-1.
func (c Cholesky) invert(a []float64) {
	n := c.n
	v := make([]float64, n*n) // U^-T, lower triangular
	for i := range n {
		v[i*n+i] = 1
	}
	c.solveFactor(v, n, func(row int) int { return row })
	clear(a[:n*n])
	for at := 0; at < n; at += depth { // rows so far up have few columns
		m := min(depth, n-at)
		part := Of(v[at*n:], m, at+m, n)
		add(Of(a, at+m, at+m, n), part.T(), part, 1, 1, true)
	}
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
