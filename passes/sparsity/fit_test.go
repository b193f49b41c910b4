package sparsity

import (
	"math"
	"math/rand/v2"
	"testing"
)

// equations are those of a random matrix, with a column for a bias.
func equations(m *Matrix) *Equations {
	n := m.Cols
	e := &Equations{Cols: n, Gram: m.Hessian, Prior: m.Weights, Cross: make([]float64, n*m.Outs), Bias: true}
	for c := range n {
		for r := range m.Outs {
			for d := range n {
				e.Cross[c*m.Outs+r] += m.Hessian[c*n+d] * m.Weights[r*n+d]
			}
			e.Cross[c*m.Outs+r] += math.Sin(float64(c + r))
		}
	}
	return e
}

// A fit solves the equations of what is kept, and steps come to the same.
func TestFitSolvesForWhatIsKept(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"unstructured", "4x1", "2x2"} {
		p, _ := Parse(name)
		m := random(r, 6, 20)
		narrow := &Matrix{Outs: 6, Cols: 19, Weights: m.Weights[:6*19]}
		ranking, err := criteria["magnitude"].Rank(narrow, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		mask, e := ranking.Mask(0.4), equations(m)
		mean := 0.0
		for i := range m.Cols {
			mean += m.Hessian[i*m.Cols+i] / float64(m.Cols)
		}
		lambda := 0.001 * mean
		have, steps := e.Fit(mask, 0.001, 2), e.descend(mask, lambda, 2)
		for row := range m.Outs {
			kept := append(append([]int{}, mask.Kept[row/p.Rows]...), 19)
			a, b := make([]float64, len(kept)*len(kept)), make([]float64, len(kept))
			for i, c := range kept {
				for j, d := range kept {
					a[i*len(kept)+j] = m.Hessian[c*m.Cols+d]
				}
				a[i*len(kept)+i] += lambda
				b[i] = e.Cross[c*m.Outs+row] + lambda*m.Weights[row*m.Cols+c]
			}
			want := make([]float64, m.Cols)
			for i, x := range gauss(a, b) {
				want[kept[i]] = x
			}
			for c, x := range want {
				if y := have[row*m.Cols+c]; math.Abs(x-y) > 1e-8*(1+math.Abs(x)) {
					t.Errorf("%s: weight %d, %d: want %g, have %g", name, row, c, x, y)
				}
				if y := steps[row*m.Cols+c]; math.Abs(x-y) > 2e-3*(1+math.Abs(x)) {
					t.Errorf("%s: weight %d, %d by steps: want %g, have %g", name, row, c, x, y)
				}
			}
		}
	}
}
