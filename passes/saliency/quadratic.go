package saliency

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// quadratic is |Y - sum_i b_i Y_i|^2 multiplied out, for Y = sum_i Y_i where Y_i is the contribution of unit i to the
// outputs of its consumers: (1-b)^T A (1-b), with A_ij = E<Y_i, Y_j> in fractions of an output's energy. Contributions
// of no unit cancel in the difference.
type quadratic struct {
	n int
	a []float64 // n x n, symmetric
}

func newQuadratic(n int) *quadratic { return &quadratic{n: n, a: make([]float64, n*n)} }

// addShare adds units that are not correlated.
func (q *quadratic) addShare(s share) {
	for u, x := range s {
		q.a[u*q.n+u] += x
	}
}

// addRead adds a consumer: A_ij is the sum of H_cd <W_:c, W_:d> over the columns c of unit i and d of unit j, with
// H = E[x x^T], less the product of means where a bias makes up for means.
func (q *quadratic) addRead(r read, gram *statistics.Gram, threads int) {
	side := q.n + 1 // the last one is for columns that belong to no unit
	sums := make([]float64, side*side)
	w := r.Weights()
	for k, columns := range r.columns {
		h := gram.SecondMoment(k)
		if r.HasBias {
			h = gram.Covariance(k)
		}
		weights := blas64.General{Rows: r.Cols, Cols: r.Outs, Stride: r.Outs,
			Data: linalg.Transpose(w[k*r.Outs*r.Cols:][:r.Outs*r.Cols], r.Outs, r.Cols)}
		owner := ownersOf(columns, r.Cols)
		chunks := chunksOf(owner, side)
		passes.Parallel(threads, len(chunks), func(i int) { addProducts(sums, side, chunks[i], owner, h, weights) })
	}
	energy := total(sums)
	if !(energy > 0) {
		return
	}
	for i := range q.n {
		for j := range q.n {
			q.a[i*q.n+j] += (sums[i*side+j] + sums[j*side+i]) / 2 / energy // the same to the last bit on both sides
		}
	}
}

// ownersOf returns the unit that each column belongs to, or len(columns) if it belongs to none.
func ownersOf(columns [][]int, count int) []int {
	owner := make([]int, count)
	for c := range owner {
		owner[c] = len(columns)
	}
	for u, cs := range columns {
		for _, c := range cs {
			owner[c] = u
		}
	}
	return owner
}

// chunkColumns is how many columns make one product of matrices.
const chunkColumns = 64

// chunksOf groups columns, all columns of an owner in the same chunk, so that chunks write different rows of the sums.
func chunksOf(owner []int, owners int) [][]int {
	of := make([][]int, owners)
	for c, u := range owner {
		of[u] = append(of[u], c)
	}
	var chunks [][]int
	var next []int
	for _, columns := range of {
		if next = append(next, columns...); len(next) >= chunkColumns {
			chunks, next = append(chunks, next), nil
		}
	}
	if len(next) > 0 {
		chunks = append(chunks, next)
	}
	return chunks
}

// addProducts adds H_cd <W_:c, W_:d> to the sums of c's and d's owners, for each c of the chunk and every d.
func addProducts(sums []float64, side int, chunk, owner []int, h []float64, weights blas64.General) {
	n, outs := weights.Rows, weights.Cols
	some := blas64.General{Cols: outs, Stride: outs, Data: make([]float64, chunkColumns*outs)}
	inner := blas64.General{Cols: n, Stride: n, Data: make([]float64, chunkColumns*n)}
	for len(chunk) > 0 {
		now := chunk[:min(len(chunk), chunkColumns)]
		chunk = chunk[len(now):]
		some.Rows, inner.Rows = len(now), len(now)
		for i, c := range now {
			copy(some.Data[i*outs:], weights.Data[c*outs:][:outs])
		}
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, some, weights, 0, inner)
		for i, c := range now {
			into := sums[owner[c]*side:][:side]
			products, row := inner.Data[i*n:][:n], h[c*n:][:n]
			for d, u := range owner {
				into[u] += row[d] * products[d]
			}
		}
	}
}
