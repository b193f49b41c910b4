package sparsity

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

// slowSweep goes from column to column with the inverse of what is left of the Hessian made anew for each, and keeps of each Of
// columns the Keep that cost most when the first of them is come to.
func slowSweep(m *Matrix, h []float64, p Pattern) [][]int {
	n := m.Cols
	w := slices.Clone(m.Weights)
	kept := make([][]int, m.Outs)
	rest := func(j int) []float64 { // the inverse of h from column j on
		k := n - j
		a, out := make([]float64, k*k), make([]float64, k*k)
		for i := range k {
			copy(a[i*k:(i+1)*k], h[(j+i)*n+j:])
		}
		for i := range k {
			e := make([]float64, k)
			e[i] = 1
			copy(out[i*k:], gauss(a, e))
		}
		return out
	}
	for j := range n {
		inverse, k := rest(j), n-j
		for r := range m.Outs {
			if j%p.Of == 0 {
				var of []int
				for c := j; c < j+p.Of; c++ {
					of = append(of, c)
				}
				slices.SortStableFunc(of, func(a, b int) int {
					x, y := w[r*n+a]*w[r*n+a]/rest(a)[0], w[r*n+b]*w[r*n+b]/rest(b)[0]
					if x > y {
						return -1
					}
					return 1
				})
				of = of[:p.Keep]
				slices.Sort(of)
				kept[r] = append(kept[r], of...)
			}
			if !slices.Contains(kept[r], j) {
				e := w[r*n+j] / inverse[0]
				for c := range k {
					w[r*n+j+c] -= e * inverse[c]
				}
			}
		}
	}
	return kept
}

func TestSweepIsTheSlowOne(t *testing.T) {
	for _, name := range []string{"2:4", "1:3"} {
		p, _ := Parse(name)
		m := random(rand.New(rand.NewPCG(7, 8)), 3, 24)
		inverse := slices.Clone(m.Hessian)
		if err := linalg.InvertDamped(inverse, m.Cols, 0.01); err != nil {
			t.Fatal(err)
		}
		h := slices.Clone(m.Hessian)
		mean := 0.0
		for i := range m.Cols {
			mean += m.Hessian[i*m.Cols+i] / float64(m.Cols)
		}
		for i := range m.Cols {
			h[i*m.Cols+i] += 0.01 * mean
		}
		like := rankInverse(m, inverse, p, 1).Mask(1)
		have := sweep(m, inverse, like, 2)
		for r, want := range slowSweep(m, h, p) {
			if !slices.Equal(want, have.Kept[r]) {
				t.Errorf("%s: output %d: want %v, have %v", name, r, want, have.Kept[r])
			}
		}
	}
}
