package sparsity

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

func init() {
	registerCriterion(Criterion{
		Name: "obs", Doc: "the error once the remaining weights make up for it, after the removals before (Frantar and Alistarh 2022, https://arxiv.org/abs/2208.11580)",
		NeedsData: true, Rank: rankSurgeon, choose: chooseSurgeon,
	})
}

// rankSurgeon removes blocks from each row of blocks one after the other, always the one that costs least. With A the
// inverse of the Hessian, removing the columns S of the rows W costs tr(W_S [A_SS]^-1 W_S^T), changes W by -W_S
// [A_SS]^-1 A_S: and leaves A - A_:S [A_SS]^-1 A_S:. All rows of a block lose the same columns, so they share A. Where
// an exact ranking takes too long, the cost of a block is what removing it alone would cost.
func rankSurgeon(m *Matrix, p Pattern, threads int) (*Ranking, error) {
	inverse, err := m.inverse()
	if err != nil {
		return nil, err
	}
	return rankInverse(m, inverse, p, threads), nil
}

func rankInverse(m *Matrix, inverse []float64, p Pattern, threads int) *Ranking {
	if Exact(m.Outs, m.Cols, p) > m.mostWork() {
		return rankSeparately(m, p, threads, func(row, col int) float64 {
			w := m.Weights[row*m.Cols+col]
			return w * w / inverse[col*m.Cols+col]
		})
	}
	r := newRanking(m, p)
	passes.Parallel(threads, len(r.Order), func(b int) {
		from, to := p.rows(b, m.Outs)
		e := newElimination(inverse, m.Weights[from*m.Cols:to*m.Cols], m.Cols, p)
		r.Order[b], r.Cost[b] = e.run()
	})
	return r
}

// chooseSurgeon is the ranking's choice, or that of a sweep if an exact ranking takes too long.
func chooseSurgeon(m *Matrix, p Pattern, density float64, threads int) (*Mask, error) {
	inverse, err := m.inverse()
	if err != nil {
		return nil, err
	}
	mask := rankInverse(m, inverse, p, threads).Mask(density)
	if Exact(m.Outs, m.Cols, p) > m.mostWork() {
		return sweep(m, inverse, mask, threads), nil
	}
	return mask, nil
}

// Exact is the number of multiply-accumulates that an exact ranking takes.
func Exact(outs, cols int, p Pattern) float64 {
	n := float64(cols)
	return float64(p.down(outs)) * n * n * n / 6
}

func (m *Matrix) mostWork() float64 {
	if m.Work == 0 {
		return math.Inf(1)
	}
	return m.Work
}

func axpy(x float64, v, to []float64) {
	blas64.Axpy(x, blas64.Vector{N: len(v), Inc: 1, Data: v}, blas64.Vector{N: len(v), Inc: 1, Data: to})
}

// inverse is the inverse of the damped Hessian.
func (m *Matrix) inverse() ([]float64, error) {
	a := slices.Clone(m.Hessian)
	return a, linalg.InvertDamped(a, m.Cols, m.damping())
}

const (
	// leastDamping is the damping if there are plenty of rows.
	leastDamping = 1e-4
	// scarcity is the damping if there is one row for each column.
	scarcity = 0.01
)

// damping is lambda as a fraction of the mean diagonal of the Hessian. The fewer the rows for each column, the less is known of the
// correlations between columns.
func (m *Matrix) damping() float64 {
	if m.Rows == 0 {
		return leastDamping
	}
	return max(leastDamping, scarcity*float64(m.Cols)/float64(m.Rows))
}
