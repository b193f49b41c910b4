package statistics

import (
	"slices"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// Mix turns the statistics of a group into those of inputs in which the columns in each list of at have been replaced by
// m times them. No column is in two lists. m is square, in row-major order. For n columns and lists of length d it takes
// 2 n^2 d multiply-accumulates.
func (g *Gram) Mix(group int, at [][]int, m []float64, threads int) {
	n := g.Cols
	full := g.matrix(group, false)
	for i := range full {
		full[i] *= g.Rows
	}
	mixRows(full, n, at, m, threads)
	full = linalg.Transpose(full, n, n)
	mixRows(full, n, at, m, threads)
	sums := slices.Clone(g.Sums[group]) // shared with clones, as the products are
	mixRows(sums, 1, at, m, 1)
	g.Products[group], g.Sums[group] = full, sums
}

// mixRows replaces the rows of v in each list, of width numbers each, by m times them.
func mixRows(v []float64, width int, at [][]int, m []float64, threads int) {
	for _, rows := range at {
		d := len(rows)
		old, mixed := make([]float64, 0, d*width), make([]float64, d*width)
		for _, r := range rows {
			old = append(old, v[r*width:][:width]...)
		}
		linalg.AddProduct(linalg.Of(mixed, d, width, width), linalg.Of(m, d, d, d), linalg.Of(old, d, width, width), threads)
		for i, r := range rows {
			copy(v[r*width:][:width], mixed[i*width:])
		}
	}
}
