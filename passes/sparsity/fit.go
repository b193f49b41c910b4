package sparsity

import (
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// Equations are the normal equations of minimising |t - x W^T|^2 + lambda |W - Prior|^2. With Bias, x has one more
// column than the matrix, of ones, which always stays.
type Equations struct {
	Cols  int       // of x
	Gram  []float64 // Cols x Cols, its upper triangle
	Cross []float64 // Cols x outs: x^T t
	Prior []float64 // outs x Cols
	Bias  bool
}

// Fit returns the minimising weights under the mask, outs x e.Cols; lambda is the given fraction of the mean diagonal.
// It returns nil if the equations of some row cannot be solved.
func (e *Equations) Fit(m *Mask, strength float64, threads int) []float64 {
	lambda := 0.0
	for i := range e.Cols {
		lambda += e.Gram[i*e.Cols+i] * strength / float64(e.Cols)
	}
	if !(lambda > 0) {
		return nil
	}
	if m.Expensive() {
		return e.descend(m, lambda, threads)
	}
	out := make([]float64, m.Outs*e.Cols)
	failed := make([]bool, len(m.Kept))
	passes.Parallel(threads, len(m.Kept), func(b int) {
		from, to := m.Pattern.rows(b, m.Outs)
		failed[b] = !e.fit(out, from, to, m.Outs, m.Kept[b], lambda)
	})
	for _, f := range failed {
		if f {
			return nil
		}
	}
	return out
}

// fit solves for the rows of a block, which share the factorization.
func (e *Equations) fit(out []float64, from, to, outs int, kept []int, lambda float64) bool {
	if e.Bias {
		kept = append(kept[:len(kept):len(kept)], e.Cols-1)
	}
	n, rows := len(kept), to-from
	if n == 0 {
		return true
	}
	a, x := make([]float64, n*n), make([]float64, n*rows)
	for i, c := range kept {
		for j := i; j < n; j++ {
			a[i*n+j] = e.Gram[c*e.Cols+kept[j]]
		}
		a[i*n+i] += lambda
		for r := range rows {
			x[i*rows+r] = e.Cross[c*outs+from+r] + lambda*e.Prior[(from+r)*e.Cols+c]
		}
	}
	f, ok := linalg.Factorize(a, n)
	if !ok {
		return false
	}
	f.Solve(x, rows)
	for i, c := range kept {
		for r := range rows {
			out[(from+r)*e.Cols+c] = x[i*rows+r]
		}
	}
	return true
}
