package saliency

import (
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// part is what a surgeon works on: one group of a grouped convolution, or all of any other consumer. The remaining
// columns occupy the first slots, so a step costs no more than what remains. Only the upper triangle of the inverse is
// kept up to date.
type part struct {
	columns [][]int        // by unit
	slot    []int          // of a remaining column
	column  []int          // in a slot, for as many as remain
	inverse blas64.General // of H: Cols x Cols, by slot
	weights blas64.General // W^T: Cols x Outs, by slot
}

func newPart(columns [][]int, inverse, weights blas64.General) *part {
	p := &part{columns: columns, inverse: inverse, weights: weights}
	for c := range weights.Rows {
		p.slot, p.column = append(p.slot, c), append(p.column, c)
	}
	return p
}

// at is an element of the inverse.
func (p *part) at(i, j int) float64 { return p.inverse.Data[min(i, j)*p.inverse.Stride+max(i, j)] }

// row is the weights in a slot.
func (p *part) row(slot int) blas64.Vector {
	return blas64.Vector{N: p.weights.Cols, Inc: 1, Data: p.weights.Data[slot*p.weights.Stride:][:p.weights.Cols]}
}

const (
	// few is how many units a thread takes at a time, rowsAtOnce how many rows of a matrix.
	few, rowsAtOnce = 16, 32
	// smallWork is the number of multiplications up to which one thread is enough.
	smallWork = 1 << 16
)

// costs adds scale tr(W_S [H^-1]_SS^-1 W_S^T) to into[u] for the columns S of each unit alive. It is false if the
// inverse is not positive definite.
func (p *part) costs(threads int, alive []int, into []float64, scale float64) bool {
	if len(p.column)*p.weights.Cols < smallWork {
		threads = 1
	}
	var failed atomic.Bool
	passes.Parallel(threads, (len(alive)+few-1)/few, func(task int) {
		var s solved
		for _, u := range alive[task*few : min(len(alive), (task+1)*few)] {
			cost, ok := p.cost(&s, p.columns[u])
			into[u] += cost * scale
			if !ok {
				failed.Store(true)
			}
		}
	})
	return !failed.Load()
}

// cost is tr(W_S [H^-1]_SS^-1 W_S^T), which is |w|^2/[H^-1]_cc if S is one column.
func (p *part) cost(s *solved, columns []int) (float64, bool) {
	switch len(columns) {
	case 0:
		return 0, true
	case 1:
		i := p.slot[columns[0]]
		w := p.row(i)
		d := p.at(i, i)
		return blas64.Dot(w, w) / d, d > 0
	}
	if !s.weights(p, columns) {
		return 0, false
	}
	z := blas64.Vector{N: len(s.z.Data), Inc: 1, Data: s.z.Data}
	return blas64.Dot(z, z), true
}

// solved holds U^-T W_S^T for the Cholesky factor U of [H^-1]_SS, and the memory to compute it in, which is reused for
// other columns.
type solved struct {
	slots []int
	u     linalg.Cholesky
	z     blas64.General
	room  []float64
}

// weights solves for the columns. It is false if the inverse is not positive definite.
func (s *solved) weights(p *part, columns []int) bool {
	n := len(columns)
	s.slots = s.slots[:0]
	for _, c := range columns {
		s.slots = append(s.slots, p.slot[c])
	}
	if want := n*n + n*p.weights.Cols; len(s.room) < want {
		s.room = make([]float64, want)
	}
	b := s.room[:n*n]
	s.z = blas64.General{Rows: n, Cols: p.weights.Cols, Stride: p.weights.Cols, Data: s.room[n*n:][:n*p.weights.Cols]}
	for i, c := range s.slots {
		for j, d := range s.slots[i:] {
			b[i*n+i+j] = p.at(c, d)
		}
		copy(s.z.Data[i*s.z.Stride:], p.row(c).Data)
	}
	var ok bool
	if s.u, ok = linalg.Factorize(b, n); ok {
		s.u.SolveFactor(s.z.Data, s.z.Cols)
	}
	return ok
}

// remove removes the columns S: it subtracts Y^T Z from W^T and Y^T Y from H^-1, with Y = U^-T [H^-1]_S: and Z = U^-T
// W_S^T.
func (p *part) remove(threads int, columns []int) bool {
	if len(columns) == 0 {
		return true
	}
	var s solved
	if !s.weights(p, columns) {
		return false
	}
	y := blas64.General{Rows: len(columns), Cols: len(p.column), Stride: len(p.column)}
	y.Data = make([]float64, y.Rows*y.Cols)
	for i, slot := range s.slots {
		for j := range y.Cols {
			y.Data[i*y.Stride+j] = p.at(slot, j)
		}
	}
	s.u.SolveFactor(y.Data, y.Cols)
	p.vacate(s.slots, y)
	n := len(p.column)
	if n*(n/2+p.weights.Cols)*y.Rows < smallWork {
		threads = 1
	}
	if y.Rows >= manyColumns {
		p.subtract(threads, y, s.z)
		return true
	}
	passes.Parallel(threads, (n+rowsAtOnce-1)/rowsAtOnce, func(task int) {
		for i := task * rowsAtOnce; i < min(n, (task+1)*rowsAtOnce); i++ {
			row := blas64.Vector{N: n - i, Inc: 1, Data: p.inverse.Data[i*p.inverse.Stride+i:]}
			w := p.row(i)
			for k := range y.Rows {
				by := y.Data[k*y.Stride+i]
				blas64.Axpy(-by, blas64.Vector{N: n - i, Inc: 1, Data: y.Data[k*y.Stride+i:]}, row)
				blas64.Axpy(-by, blas64.Vector{N: w.N, Inc: 1, Data: s.z.Data[k*s.z.Stride:]}, w)
			}
		}
	})
	return true
}

// manyColumns is how many columns removed at a time make products faster than vectors.
const manyColumns = 4

// subtract subtracts Y^T Y and Y^T Z as products of matrices.
func (p *part) subtract(threads int, y, z blas64.General) {
	n, outs := len(p.column), p.weights.Cols
	by := make([]float64, y.Rows*n) // -Y
	for k := range y.Rows {
		for i, v := range y.Data[k*y.Stride:][:n] {
			by[k*n+i] = -v
		}
	}
	turned := linalg.Of(by, y.Rows, n, n).T()
	linalg.AddProductUpper(linalg.Of(p.inverse.Data, n, n, p.inverse.Stride), turned, linalg.Of(y.Data, y.Rows, n, y.Stride), threads)
	linalg.AddProduct(linalg.Of(p.weights.Data, n, outs, p.weights.Stride), turned, linalg.Of(z.Data, z.Rows, outs, z.Stride), threads)
}

// vacate frees slots: the content of the last one moves to each, in the columns of y as well.
func (p *part) vacate(slots []int, y blas64.General) {
	slots = slices.Sorted(slices.Values(slots))
	m, stride := p.inverse.Data, p.inverse.Stride
	for _, s := range slices.Backward(slots) {
		last := len(p.column) - 1
		for j := range s {
			m[j*stride+s] = m[j*stride+last]
		}
		for j := s + 1; j < last; j++ {
			m[s*stride+j] = m[j*stride+last]
		}
		m[s*stride+s] = m[last*stride+last]
		copy(p.row(s).Data, p.row(last).Data)
		for k := range y.Rows {
			y.Data[k*y.Stride+s] = y.Data[k*y.Stride+last]
		}
		c := p.column[last]
		p.column[s], p.slot[c] = c, s
		p.column = p.column[:last]
	}
}
