package saliency

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// damping is lambda as a fraction of the mean diagonal of the Hessian: as in SparseGPT (Frantar and
// Alistarh 2023, https://arxiv.org/abs/2301.00774).
const damping = 0.01

// surgeon is the term of a consumer y = W x. With H = E[x x^T] + lambda I (less the product of means where a bias
// makes up for means), removing the columns S and changing the others for the least error costs
//
//	tr(W_S [H^-1]_SS^-1 W_S^T),
//
// changes W by -W_S [H^-1]_SS^-1 [H^-1]_S and leaves H^-1 - [H^-1]_:S [H^-1]_SS^-1 [H^-1]_S: for what comes next.
type surgeon struct {
	parts   []part
	energy  float64 // tr(W H W^T) without lambda
	threads int
}

// part is one group of a grouped convolution, or all of any other consumer.
type part struct {
	columns [][]int        // by unit
	inverse blas64.General // of H: Cols x Cols
	weights blas64.General // W^T: Cols x Outs
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
		p := part{columns: columns, weights: blas64.General{Rows: r.Cols, Cols: r.Outs, Stride: r.Outs, Data: make([]float64, r.Cols*r.Outs)}}
		for o := range r.Outs {
			for c := range r.Cols {
				p.weights.Data[c*r.Outs+o] = w[(k*r.Outs+o)*r.Cols+c]
			}
		}
		s.energy += energy(h, p.weights)
		if err := p.invert(h); err != nil {
			return nil, err
		}
		s.parts = append(s.parts, p)
	}
	return s, nil
}

// energy is tr(W H W^T) of W^T.
func energy(h []float64, w blas64.General) float64 {
	hw := blas64.General{Rows: w.Rows, Cols: w.Cols, Stride: w.Cols, Data: make([]float64, len(w.Data))}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: w.Rows, Cols: w.Rows, Stride: w.Rows, Data: h}, w, 0, hw)
	e := 0.0
	for i, x := range w.Data {
		e += x * hw.Data[i]
	}
	return e
}

// invert sets p.inverse to that of h + lambda I.
func (p *part) invert(h []float64) error {
	n := p.weights.Rows
	mean := 0.0
	for i := range n {
		mean += h[i*n+i] / float64(n)
	}
	if !(mean > 0) {
		mean = 1 // nothing ever changes here: nothing is lost by any removal
	}
	for i := range n {
		h[i*n+i] += damping * mean
	}
	var c mat.Cholesky
	if !c.Factorize(mat.NewSymDense(n, h)) {
		return fmt.Errorf("the Gram matrix of its inputs is not positive definite")
	}
	inverse := mat.NewSymDense(n, nil)
	if err := c.InverseTo(inverse); err != nil {
		if _, poor := err.(mat.Condition); !poor {
			return err
		}
	}
	p.inverse = blas64.General{Rows: n, Cols: n, Stride: n, Data: inverse.RawSymmetric().Data}
	for i := range n {
		for j := i + 1; j < n; j++ {
			p.inverse.Data[j*n+i] = p.inverse.Data[i*n+j]
		}
	}
	return nil
}

func (s *surgeon) costs(alive []int, into []float64) error {
	if !(s.energy > 0) {
		return nil
	}
	for i := range s.parts {
		p := &s.parts[i]
		failed := make([]bool, len(alive))
		passes.Parallel(s.threads, len(alive), func(i int) {
			cost, ok := p.cost(p.columns[alive[i]])
			into[alive[i]] += cost / s.energy
			failed[i] = !ok
		})
		for i, f := range failed {
			if f {
				return fmt.Errorf("unit %d: the Hessian is not positive definite", alive[i])
			}
		}
	}
	return nil
}

func (s *surgeon) remove(units []int) error {
	for i := range s.parts {
		p := &s.parts[i]
		var columns []int
		for _, u := range units {
			columns = append(columns, p.columns[u]...)
		}
		if !p.remove(columns) {
			return fmt.Errorf("the Hessian is not positive definite")
		}
	}
	return nil
}

// factor is the Cholesky factor U, U^T U = [H^-1]_SS.
func (p *part) factor(columns []int) (blas64.Triangular, bool) {
	n := len(columns)
	b := blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: make([]float64, n*n)}
	for i, c := range columns {
		for j, d := range columns {
			b.Data[i*n+j] = p.inverse.Data[c*p.inverse.Stride+d]
		}
	}
	return lapack64.Potrf(b)
}

// rows copies rows of m.
func rows(m blas64.General, which []int) blas64.General {
	out := blas64.General{Rows: len(which), Cols: m.Cols, Stride: m.Cols}
	for _, r := range which {
		out.Data = append(out.Data, m.Data[r*m.Stride:][:m.Cols]...)
	}
	return out
}

// cost is tr(W_S [H^-1]_SS^-1 W_S^T).
func (p *part) cost(columns []int) (float64, bool) {
	if len(columns) == 0 {
		return 0, true
	}
	u, ok := p.factor(columns)
	if !ok {
		return 0, false
	}
	z := rows(p.weights, columns)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, z)
	cost := 0.0
	for _, x := range z.Data {
		cost += x * x
	}
	return cost, true
}

// remove takes the columns out of W and H^-1.
func (p *part) remove(columns []int) bool {
	if len(columns) == 0 {
		return true
	}
	u, ok := p.factor(columns)
	if !ok {
		return false
	}
	y := rows(p.inverse, columns) // symmetric: [H^-1]_S: is [H^-1]_:S^T
	z := rows(p.weights, columns)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, y)
	blas64.Trsm(blas.Left, blas.Trans, 1, u, z)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, y, z, 1, p.weights)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, y, y, 1, p.inverse)
	n := p.inverse.Stride
	for _, c := range columns { // zero but for rounding
		clear(p.weights.Data[c*p.weights.Stride:][:p.weights.Cols])
		for i := range n {
			p.inverse.Data[c*n+i], p.inverse.Data[i*n+c] = 0, 0
		}
	}
	return true
}
