package statistics

import (
	"fmt"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// Gram holds, for each group of a consumer, the sums of x^T x and of x over rows x of its inputs.
type Gram struct {
	Cols int
	Rows float64
	// Products holds Cols x Cols numbers for each group, of which only the upper triangle is defined. Sums holds Cols
	// numbers for each group.
	Products, Sums [][]float64
}

// NewGram returns sums over no rows.
func NewGram(groups, cols int) *Gram {
	g := &Gram{Cols: cols}
	for range groups {
		g.Products = append(g.Products, make([]float64, cols*cols))
		g.Sums = append(g.Sums, make([]float64, cols))
	}
	return g
}

// SecondMoment returns the mean of x^T x of a group: Cols x Cols, symmetric.
func (g *Gram) SecondMoment(group int) []float64 { return g.matrix(group, false) }

// Covariance returns the mean of x^T x less the product of the means: what remains to be explained
// if a bias makes up for the means.
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

// Merge adds the sums of o.
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

// Add adds rows of one group's inputs, on at most threads goroutines. The caller adds to Rows, once for all groups.
func (g *Gram) Add(group int, x []float32, rows, threads int) {
	linalg.Sums{Gram: g.Products[group], Columns: g.Sums[group]}.Add(linalg.OfSingle(x, rows, g.Cols, g.Cols), linalg.Single{}, threads)
}
