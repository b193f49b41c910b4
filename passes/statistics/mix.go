package statistics

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Mix makes the statistics those of inputs whose columns at were replaced by m times them.
func (g *Gram) Mix(group int, at []int, m mat.Matrix) {
	n := g.Cols
	full := g.matrixOfSums(group)
	old := make([]float64, len(at))
	mix := func(get func(j int) *float64) {
		for j := range at {
			old[j] = *get(j)
		}
		for i := range at {
			x := 0.0
			for j := range at {
				x += m.At(i, j) * old[j]
			}
			*get(i) = x
		}
	}
	for r := range n {
		mix(func(j int) *float64 { return &full[at[j]*n+r] })
	}
	for r := range n {
		mix(func(j int) *float64 { return &full[r*n+at[j]] })
	}
	sums := slices.Clone(g.Sums[group])
	mix(func(j int) *float64 { return &sums[at[j]] })
	g.Sums[group] = sums
	g.Products[group] = full
}

// matrixOfSums is a group's products with the lower triangle filled in.
func (g *Gram) matrixOfSums(group int) []float64 {
	n := g.Cols
	out := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			x := g.Products[group][i*n+j]
			out[i*n+j], out[j*n+i] = x, x
		}
	}
	return out
}
