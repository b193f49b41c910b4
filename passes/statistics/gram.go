package statistics

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/passes"
)

// Gram holds, for each group of a consumer, the sums of x^T x and of x over rows x of its inputs.
type Gram struct {
	Cols int
	Rows float64
	// Products holds Cols x Cols numbers a group, of which the tiles of the upper triangle are
	// filled in; Sums holds Cols numbers a group.
	Products, Sums [][]float64
}

// NewGram has seen nothing yet.
func NewGram(groups, cols int) *Gram {
	g := &Gram{Cols: cols}
	for range groups {
		g.Products = append(g.Products, make([]float64, cols*cols))
		g.Sums = append(g.Sums, make([]float64, cols))
	}
	return g
}

// SecondMoment is the mean of x^T x of a group: Cols x Cols, symmetric.
func (g *Gram) SecondMoment(group int) []float64 { return g.matrix(group, false) }

// Covariance is that of x less its mean: what remains to be explained where a bias takes care of means.
func (g *Gram) Covariance(group int) []float64 { return g.matrix(group, true) }

func (g *Gram) matrix(group int, central bool) []float64 {
	n := g.Cols
	out := make([]float64, n*n)
	if g.Rows == 0 {
		return out
	}
	p, s := g.Products[group], g.Sums[group]
	for i := range n {
		for j := i; j < n; j++ {
			x := p[i*n+j] / g.Rows
			if central {
				x -= s[i] / g.Rows * (s[j] / g.Rows)
			}
			out[i*n+j], out[j*n+i] = x, x
		}
	}
	return out
}

// Merge adds what o saw.
func (g *Gram) Merge(o *Gram) error {
	if g.Cols != o.Cols || len(g.Sums) != len(o.Sums) {
		return fmt.Errorf("gram matrices of %d groups of %d columns and of %d of %d", len(g.Sums), g.Cols, len(o.Sums), o.Cols)
	}
	g.Rows += o.Rows
	for i := range g.Sums {
		addTo(g.Products[i], o.Products[i])
		addTo(g.Sums[i], o.Sums[i])
	}
	return nil
}

// tile is the edge of the squares that the products are computed in: those below the
// diagonal are left out, and each of the others is work for one thread.
const tile = 64

// Add counts rows of one group's inputs, on so many threads. Rows itself is the caller's to count, once for all groups.
func (g *Gram) Add(group int, x []float64, rows, threads int) {
	n := g.Cols
	column := func(from int) blas64.General {
		return blas64.General{Rows: rows, Cols: min(tile, n-from), Stride: n, Data: x[from:]}
	}
	var tasks []func()
	for i := 0; i < n; i += tile {
		for j := i; j < n; j += tile {
			tasks = append(tasks, func() {
				a, b := column(i), column(j)
				blas64.Gemm(blas.Trans, blas.NoTrans, 1, a, b, 1,
					blas64.General{Rows: a.Cols, Cols: b.Cols, Stride: n, Data: g.Products[group][i*n+j:]})
			})
		}
	}
	passes.Parallel(threads, len(tasks), func(i int) { tasks[i]() })
	for r := range rows {
		addTo(g.Sums[group], x[r*n:][:n])
	}
}
