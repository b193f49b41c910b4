package saliency

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// damping is lambda as a fraction of the mean diagonal of the Hessian, as in SparseGPT (Frantar and Alistarh 2023,
// https://arxiv.org/abs/2301.00774).
const damping = 0.01

// surgeon is the term of a consumer y = W x. With H = E[x x^T] + lambda I, less the product of means where a bias makes
// up for means, removing the columns S and changing the others for the least error costs
//
//	tr(W_S [H^-1]_SS^-1 W_S^T),
//
// changes W by -W_S [H^-1]_SS^-1 [H^-1]_S: and leaves H^-1 - [H^-1]_:S [H^-1]_SS^-1 [H^-1]_S: for the next removal.
type surgeon struct {
	parts   []*part
	energy  float64 // tr(W H W^T) without lambda
	threads int
}

func newSurgeon(r read, gram *statistics.Gram, threads int) (*surgeon, error) {
	s := &surgeon{threads: threads}
	w := r.Weights()
	for k, columns := range r.columns {
		var h []float64
		if r.HasBias {
			h = gram.Covariance(k)
		} else {
			h = gram.SecondMoment(k)
		}
		turned := linalg.Transpose(w[k*r.Outs*r.Cols:][:r.Outs*r.Cols], r.Outs, r.Cols)
		weights := blas64.General{Rows: r.Cols, Cols: r.Outs, Stride: r.Outs, Data: turned}
		s.energy += energy(h, weights)
		if err := linalg.InvertDamped(h, r.Cols, damping); err != nil {
			return nil, err
		}
		s.parts = append(s.parts, newPart(columns, blas64.General{Rows: r.Cols, Cols: r.Cols, Stride: r.Cols, Data: h}, weights))
	}
	return s, nil
}

// energy is tr(W H W^T), given W^T. Elements right of the diagonal count twice; those left of it are not read.
func energy(h []float64, w blas64.General) float64 {
	n := w.Rows
	part := func(from, to int) blas64.General {
		return blas64.General{Rows: to - from, Cols: w.Cols, Stride: w.Stride, Data: w.Data[from*w.Stride:]}
	}
	e := 0.0
	room := make([]float64, chunkColumns*w.Cols)
	for i := 0; i < n; i += chunkColumns {
		to := min(n, i+chunkColumns)
		hw := blas64.General{Rows: to - i, Cols: w.Cols, Stride: w.Cols, Data: room}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: to - i, Cols: to - i, Stride: n, Data: h[i*n+i:]}, part(i, to), 0, hw)
		if to < n {
			blas64.Gemm(blas.NoTrans, blas.NoTrans, 2, blas64.General{Rows: to - i, Cols: n - to, Stride: n, Data: h[i*n+to:]}, part(to, n), 1, hw)
		}
		for k, x := range w.Data[i*w.Stride : to*w.Stride] {
			e += x * room[k]
		}
	}
	return e
}

func (s *surgeon) costs(alive []int, into []float64) error {
	if !(s.energy > 0) {
		return nil
	}
	for _, p := range s.parts {
		if !p.costs(s.threads, alive, into, 1/s.energy) {
			return fmt.Errorf("the Hessian is not positive definite")
		}
	}
	return nil
}

func (s *surgeon) remove(units []int) error {
	for _, p := range s.parts {
		var columns []int
		for _, u := range units {
			columns = append(columns, p.columns[u]...)
		}
		if !p.remove(s.threads, columns) {
			return fmt.Errorf("the Hessian is not positive definite")
		}
	}
	return nil
}
