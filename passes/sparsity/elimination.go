package sparsity

import (
	"math"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// deferred is the number of eliminations that are subtracted from the inverse at once, as a product of matrices.
const deferred = 32

// elimination is the state of one row of blocks while its columns are removed.
type elimination struct {
	p      Pattern
	cols   int       // of the matrix
	blocks []int     // those in a, some of them removed
	at     []int     // the column of a where each starts
	gone   []bool    // by index into blocks
	left   int       // blocks that are not removed
	n      int       // columns of a
	a      []float64 // n x n, the upper triangle: the inverse before what is pending
	d      []float64 // the present diagonal of the inverse
	w      []float64 // rows x n
	rows   int
	quota  quota
	// pending has a vector u for each column eliminated since: the inverse is a minus the sum of their outer products.
	pending [][]float64
}

func newElimination(inverse, weights []float64, cols int, p Pattern) *elimination {
	blocks := p.across(cols)
	e := &elimination{
		p: p, cols: cols, n: cols, a: append([]float64{}, inverse...), w: append([]float64{}, weights...), rows: len(weights) / cols,
		left: blocks, quota: newQuota(p, blocks), gone: make([]bool, blocks), d: make([]float64, cols),
	}
	for c := range blocks {
		lo, _ := p.cols(c, cols)
		e.blocks, e.at = append(e.blocks, c), append(e.at, lo)
	}
	for i := range cols {
		e.d[i] = inverse[i*cols+i]
	}
	return e
}

// run removes all blocks that may be removed.
func (e *elimination) run() (order []int, costs []float64) {
	for e.left > 0 {
		best, least := -1, math.Inf(1)
		for i, b := range e.blocks {
			if e.gone[i] || !e.quota.open(b) {
				continue
			}
			if c := e.cost(i); c < least || best < 0 {
				best, least = i, c
			}
		}
		if best < 0 {
			break
		}
		order, costs = append(order, e.blocks[best]), append(costs, max(0, least))
		e.quota.take(e.blocks[best])
		for c := range e.width(best) {
			e.eliminate(e.at[best] + c)
		}
		e.gone[best] = true
		e.left--
		if len(e.pending) >= deferred {
			e.flush()
		}
	}
	return order, costs
}

// width is the number of columns of block i.
func (e *elimination) width(i int) int {
	lo, hi := e.p.cols(e.blocks[i], e.cols)
	return hi - lo
}

// cost is the cost of removing block i next.
func (e *elimination) cost(i int) float64 {
	at := e.at[i]
	if e.width(i) > 1 {
		return e.joint(at, e.width(i))
	}
	sum := 0.0
	for r := range e.rows {
		w := e.w[r*e.n+at]
		sum += w * w
	}
	return sum / e.d[at]
}

// joint is tr(W_S [A_SS]^-1 W_S^T) for k columns starting at at, computed by eliminating one after the other.
func (e *elimination) joint(at, k int) float64 {
	a, w := make([]float64, k*k), make([]float64, e.rows*k)
	for i := range k {
		copy(a[i*k+i:(i+1)*k], e.a[(at+i)*e.n+at+i:])
		for r := range e.rows {
			w[r*k+i] = e.w[r*e.n+at+i]
		}
	}
	for _, u := range e.pending {
		for i := range k {
			for j := i; j < k; j++ {
				a[i*k+j] -= u[at+i] * u[at+j]
			}
		}
	}
	sum := 0.0
	for i := range k {
		for r := range e.rows {
			x := w[r*k+i] / a[i*k+i]
			sum += x * w[r*k+i]
			for j := i + 1; j < k; j++ {
				w[r*k+j] -= x * a[i*k+j]
			}
		}
		for j := i + 1; j < k; j++ {
			x := a[i*k+j] / a[i*k+i]
			for l := j; l < k; l++ {
				a[j*k+l] -= x * a[i*k+l]
			}
		}
	}
	return sum
}

// eliminate removes column c and lets the others make up for it.
func (e *elimination) eliminate(c int) {
	n := e.n
	v := make([]float64, n)
	for i := range c {
		v[i] = e.a[i*n+c]
	}
	copy(v[c:], e.a[c*n+c:][:n-c])
	for _, u := range e.pending {
		axpy(-u[c], u, v)
	}
	pivot := e.d[c]
	for r := range e.rows {
		row := e.w[r*n:][:n]
		axpy(-row[c]/pivot, v, row)
		row[c] = 0
	}
	root := 1 / math.Sqrt(pivot)
	for i := range v {
		v[i] *= root
		e.d[i] -= v[i] * v[i]
	}
	e.pending = append(e.pending, v)
}

// flush drops the removed columns and subtracts what is pending.
func (e *elimination) flush() {
	var stay, blocks, at []int
	for i, b := range e.blocks {
		if e.gone[i] {
			continue
		}
		blocks, at = append(blocks, b), append(at, len(stay))
		for c := range e.width(i) {
			stay = append(stay, e.at[i]+c)
		}
	}
	n := len(stay)
	for i, from := range stay { // in place: reads are never behind writes
		for j := i; j < n; j++ {
			e.a[i*n+j] = e.a[from*e.n+stay[j]]
		}
	}
	for r := range e.rows {
		for j, from := range stay {
			e.w[r*n+j] = e.w[r*e.n+from]
		}
	}
	for j, from := range stay {
		e.d[j] = e.d[from]
	}
	u, minus := make([]float64, len(e.pending)*n), make([]float64, len(e.pending)*n)
	for k, v := range e.pending {
		for j, from := range stay {
			u[k*n+j], minus[k*n+j] = v[from], -v[from]
		}
	}
	if n > 0 {
		k := len(e.pending)
		linalg.AddProductUpper(linalg.Of(e.a, n, n, n), linalg.Of(minus, k, n, n).T(), linalg.Of(u, k, n, n), 1)
	}
	e.blocks, e.at, e.n, e.gone, e.pending = blocks, at, n, make([]bool, len(blocks)), nil
}
