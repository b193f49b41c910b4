package recovery

import (
	"context"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

func init() {
	register(Method{
		Name: "leastsquares", Doc: "sequential asymmetric least squares: each node learns from what the repaired network feeds it",
		Apply: func(ctx context.Context, in Input) ([]Repair, error) {
			return walk(ctx, in, way{group: fit(fitRidge).group, columns: maxColumns, mapping: true})
		},
	})
}

// strengths are the values of lambda that are tried, as fractions of the mean diagonal of the Gram matrix.
var strengths = []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1}

// fitRidge chooses the strength of the regularisation on the held-out rows. It is the change of the weights, not the
// weights, that is kept small: without evidence they stay as they are (asymmetric reconstruction: Zhang et al. 2015,
// https://arxiv.org/abs/1505.06798; least squares after channel pruning: He et al. 2017,
// https://arxiv.org/abs/1707.06168).
func fitRidge(train, held *moments) fitted {
	errors := make([]float64, len(strengths))
	passes.Parallel(train.threads, len(strengths), func(i int) {
		if errors[i] = math.Inf(1); !(held.square > 0) {
			return
		}
		if d := ridge(train, strengths[i]); d != nil {
			errors[i] = held.error(d)
		}
	})
	best, chosen := held.square, 0.0
	for i, e := range errors {
		if e < best {
			best, chosen = e, strengths[i]
		}
	}
	if chosen == 0 {
		return nil
	}
	factors := map[*float64]*linalg.Cholesky{} // by Gram matrix: each is solved with many times
	return func(m *moments) []float64 {
		f, known := factors[&m.gram[0]]
		if !known {
			f = m.factor(chosen)
			factors[&m.gram[0]] = f
		}
		return m.solve(f)
	}
}

// ridge minimises |r - x d|^2 + lambda |d|^2, where lambda is the given fraction of the mean diagonal of the Gram
// matrix. A bias is one more column, scaled like the others. It returns nil if the equations cannot be solved.
func ridge(m *moments, strength float64) []float64 { return m.solve(m.factor(strength)) }

// factor factors the Gram matrix with strength times its mean diagonal added to the diagonal. It
// returns nil if that cannot be done.
func (m *moments) factor(strength float64) *linalg.Cholesky {
	if m.rows == 0 {
		return nil
	}
	mean := 0.0
	for i := range m.cols {
		mean += m.gram[i*m.cols+i]
	}
	lambda := strength * mean / float64(m.cols)
	if !(lambda > 0) {
		return nil
	}
	a := slices.Clone(m.gram)
	for i := range m.cols {
		a[i*m.cols+i] += lambda
	}
	f, ok := linalg.Factorize(a, m.cols)
	if !ok {
		return nil
	}
	return &f
}

// solve returns the solution for the factor f, or nil if f is nil.
func (m *moments) solve(f *linalg.Cholesky) []float64 {
	if f == nil {
		return nil
	}
	d := slices.Clone(m.cross) // an ill-conditioned solution is judged on the held-out rows
	f.Solve(d, m.outs)
	return d
}
