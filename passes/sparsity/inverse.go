package sparsity

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// inverse is that of h + lambda I, both triangles; nil where it is not positive definite.
func inverse(h []float64, n int, lambda float64) []float64 {
	a := append([]float64{}, h...)
	for i := range n {
		a[i*n+i] += lambda
	}
	u, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: a})
	if ok {
		_, ok = lapack64.Potri(u)
	}
	if !ok {
		return nil
	}
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
	}
	return a
}
