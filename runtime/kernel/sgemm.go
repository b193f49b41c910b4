package kernel

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// matrix is a row-major matrix in a larger array, possibly read transposed.
type matrix struct {
	data  []float32
	ld    int
	trans bool
}

// at is the matrix from row i and column j on.
func (m matrix) at(i, j int) matrix {
	if m.trans {
		i, j = j, i
	}
	m.data = m.data[i*m.ld+j:]
	return m
}

func (m matrix) op() blas.Transpose {
	if m.trans {
		return blas.Trans
	}
	return blas.NoTrans
}

const (
	// tileRows and tileCols are the output of one call of Sgemm. With fewer than four blocks of 64 x 64
	// gonum starts no goroutines of its own, so that Run.Threads holds.
	tileRows, tileCols = 64, 192
	// tileInner keeps the part of b that is being read in the first-level cache's neighbour.
	tileInner = 256
)

// sgemm is c += alpha a b on one thread, for a of m x k and b of k x n.
func sgemm(m, n, k int, alpha float32, a, b matrix, c []float32, ldc int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	if packs(m, n) {
		packedGemm(m, n, k, alpha, a, b, c, ldc)
		return
	}
	gonumGemm(m, n, k, alpha, a, b, c, ldc)
}

// gonumGemm is sgemm for few rows or columns, and for processors that packedGemm is not written for.
func gonumGemm(m, n, k int, alpha float32, a, b matrix, c []float32, ldc int) {
	var g gonum.Implementation
	for p := 0; p < k; p += tileInner {
		inner := min(tileInner, k-p)
		for j := 0; j < n; j += tileCols {
			cols := min(tileCols, n-j)
			for i := 0; i < m; i += tileRows {
				x, y := a.at(i, p), b.at(p, j)
				g.Sgemm(x.op(), y.op(), min(tileRows, m-i), cols, inner, alpha, x.data, x.ld, y.data, y.ld, 1, c[i*ldc+j:], ldc)
			}
		}
	}
}

// rowsMatmul is c += alpha a b with the rows of c divided among the workers.
func (r *Run) rowsMatmul(m, n, k int, alpha float32, a, b matrix, c []float32, ldc int) {
	if r.Threads > 1 && m < r.Threads*4 && n >= tileCols { // few rows: divide the columns
		tasks := (n + tileCols - 1) / tileCols
		if m*n*k < grain {
			sgemm(m, n, k, alpha, a, b, c, ldc)
			return
		}
		r.Each(tasks, func(t int) {
			j := t * tileCols
			sgemm(m, min(tileCols, n-j), k, alpha, a, b.at(0, j), c[j:], ldc)
		})
		return
	}
	r.Parallel(m, n*k, func(lo, hi int) {
		sgemm(hi-lo, n, k, alpha, a.at(lo, 0), b, c[lo*ldc:], ldc)
	})
}
