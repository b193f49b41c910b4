package sparsity

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes"
)

func init() {
	registerCriterion(Criterion{
		Name: "obs", Doc: "the error once the weights that stay make up for it, each removal after those before (Frantar and Alistarh 2022, https://arxiv.org/abs/2208.11580)",
		NeedsData: true, Rank: rankSurgeon,
	})
}

// rankSurgeon removes from each row of blocks one block after the other, always that which costs least: with A the inverse of the
// Hessian, removing the columns S of the rows W costs tr(W_S [A_SS]^-1 W_S^T), changes W by -W_S [A_SS]^-1 A_S and leaves
// A - A_:S [A_SS]^-1 A_S. A is the same for the rows of a block, because the same columns are gone.
func rankSurgeon(m *Matrix, p Pattern, threads int) (*Ranking, error) {
	inverse, err := inverted(m.Hessian, m.Cols)
	if err != nil {
		return nil, err
	}
	r := newRanking(m, p)
	passes.Parallel(threads, len(r.Order), func(b int) {
		from, to := p.rows(b, m.Outs)
		e := newElimination(inverse, m.Weights[from*m.Cols:to*m.Cols], m.Cols, p)
		r.Order[b], r.Cost[b] = e.run()
	})
	return r, nil
}

// elimination is one row of blocks as its columns go.
type elimination struct {
	p      Pattern
	cols   int       // of the matrix
	blocks []int     // that are there still, and the columns of these in a: Cols for each but the last
	at     []int     // where a block's columns start in a
	n      int       // columns in a
	a      []float64 // n x n, the upper triangle
	w      []float64 // rows x n
	rows   int
	gone   []bool // of blocks' places
	left   int
	quota  quota
	room   []float64
}

func newElimination(inverse, weights []float64, cols int, p Pattern) *elimination {
	e := &elimination{
		p: p, cols: cols, n: cols, a: append([]float64{}, inverse...), w: append([]float64{}, weights...), rows: len(weights) / cols,
		room: make([]float64, cols), left: p.across(cols), quota: newQuota(p, p.across(cols)),
	}
	e.gone = make([]bool, e.left)
	for c := range e.left {
		lo, _ := p.cols(c, cols)
		e.blocks, e.at = append(e.blocks, c), append(e.at, lo)
	}
	return e
}

// run removes all that may go.
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
		e.remove(best)
	}
	return order, costs
}

// width is how many columns the block at place i has.
func (e *elimination) width(i int) int {
	lo, hi := e.p.cols(e.blocks[i], e.cols)
	return hi - lo
}

// cost is what removing the block at place i would cost.
func (e *elimination) cost(i int) float64 {
	at := e.at[i]
	if e.width(i) == 1 {
		sum := 0.0
		for r := range e.rows {
			w := e.w[r*e.n+at]
			sum += w * w
		}
		return sum / e.a[at*e.n+at]
	}
	return e.joint(at, e.width(i))
}

// joint is tr(W_S [A_SS]^-1 W_S^T) for k columns from at, by elimination of one after the other.
func (e *elimination) joint(at, k int) float64 {
	a, w := make([]float64, k*k), make([]float64, e.rows*k)
	for i := range k {
		for j := i; j < k; j++ {
			a[i*k+j] = e.a[(at+i)*e.n+at+j]
		}
		for r := range e.rows {
			w[r*k+i] = e.w[r*e.n+at+i]
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

// remove lets the block at place i go, and forgets what is gone once it is an eighth of all.
func (e *elimination) remove(i int) {
	for c := range e.width(i) {
		e.eliminate(e.at[i] + c)
	}
	e.gone[i] = true
	if e.left--; e.left*8 < len(e.blocks)*7 {
		e.compact()
	}
}

// eliminate makes up for the loss of column c.
func (e *elimination) eliminate(c int) {
	n := e.n
	v := e.room[:n]
	for i := range c {
		v[i] = e.a[i*n+c]
	}
	copy(v[c:], e.a[c*n+c:][:n-c])
	pivot := v[c]
	for r := range e.rows {
		row := e.w[r*n:][:n]
		axpy(-row[c]/pivot, v, row)
		row[c] = 0
	}
	for i, x := range v {
		if x != 0 {
			axpy(-x/pivot, v[i:], e.a[i*n+i:][:n-i])
		}
	}
	for i := range c { // exactly, so that a later elimination does not see rounding
		e.a[i*n+c] = 0
	}
	clear(e.a[c*n+c:][:n-c])
}

func axpy(x float64, v, to []float64) {
	blas64.Axpy(x, blas64.Vector{N: len(v), Inc: 1, Data: v}, blas64.Vector{N: len(v), Inc: 1, Data: to})
}

// compact closes the gaps of what is gone.
func (e *elimination) compact() {
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
	for i, from := range stay { // in place: what is read lies at or behind what is written
		for j := i; j < n; j++ {
			e.a[i*n+j] = e.a[from*e.n+stay[j]]
		}
	}
	for r := range e.rows {
		for j, from := range stay {
			e.w[r*n+j] = e.w[r*e.n+from]
		}
	}
	e.blocks, e.at, e.n, e.gone = blocks, at, n, make([]bool, len(blocks))
}

// mostDamping ends the search for a lambda that makes a Hessian positive definite, damping is where it starts: both fractions of the
// mean diagonal.
const damping, mostDamping = 1e-4, 1e6

// inverted is the inverse of h + lambda I, both triangles.
func inverted(h []float64, n int) ([]float64, error) {
	mean := 0.0
	for i := range n {
		mean += math.Abs(h[i*n+i]) / float64(max(1, n))
	}
	if mean == 0 {
		mean = 1 // nothing ever changes here: nothing is lost by any removal
	}
	for lambda := damping * mean; lambda <= mostDamping*mean; lambda *= 10 {
		if a := inverse(h, n, lambda); a != nil {
			return a, nil
		}
	}
	return nil, fmt.Errorf("its inputs are not all finite numbers")
}
