package sparsity

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// random is a matrix whose inputs go together a good deal.
func random(r *rand.Rand, outs, cols int) *Matrix {
	m := &Matrix{Outs: outs, Cols: cols, Weights: make([]float64, outs*cols), Hessian: make([]float64, cols*cols)}
	for i := range m.Weights {
		m.Weights[i] = r.NormFloat64()
	}
	for range 3 * cols {
		x := make([]float64, cols)
		common := r.NormFloat64()
		for i := range x {
			x[i] = r.NormFloat64() + common
		}
		for i := range x {
			for j := range x {
				m.Hessian[i*cols+j] += x[i] * x[j]
			}
		}
	}
	return m
}

// lost is the error that is left when of the weights of rows from to to only kept may be other than zero: by solving for
// these.
func lost(t *testing.T, m *Matrix, from, to int, kept []int) float64 {
	t.Helper()
	h := slices.Clone(m.Hessian)
	mean := 0.0
	for i := range m.Cols {
		mean += m.Hessian[i*m.Cols+i] / float64(m.Cols)
	}
	for i := range m.Cols {
		h[i*m.Cols+i] += m.damping() * mean
	}
	sum := 0.0
	for r := from; r < to; r++ {
		w := m.Weights[r*m.Cols:][:m.Cols]
		cross := make([]float64, m.Cols)
		energy := 0.0
		for i := range w {
			for j := range w {
				cross[i] += h[i*m.Cols+j] * w[j]
			}
			energy += w[i] * cross[i]
		}
		a, b := make([]float64, len(kept)*len(kept)), make([]float64, len(kept))
		for i, c := range kept {
			b[i] = cross[c]
			for j, d := range kept {
				a[i*len(kept)+j] = h[c*m.Cols+d]
			}
		}
		x := gauss(a, b)
		for i, c := range kept {
			energy -= x[i] * cross[c]
		}
		sum += energy
	}
	return sum
}

// gauss solves a x = b.
func gauss(a, b []float64) []float64 {
	n := len(b)
	a, x := slices.Clone(a), slices.Clone(b)
	for i := range n {
		for j := i + 1; j < n; j++ {
			f := a[j*n+i] / a[i*n+i]
			for k := i; k < n; k++ {
				a[j*n+k] -= f * a[i*n+k]
			}
			x[j] -= f * x[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[i*n+k] * x[k]
		}
		x[i] /= a[i*n+i]
	}
	return x
}

// slowly removes, of one row of blocks, always the block without which the error is least.
func slowly(t *testing.T, m *Matrix, p Pattern, b int) (order []int, costs []float64) {
	from, to := p.rows(b, m.Outs)
	blocks := p.across(m.Cols)
	gone := make([]bool, blocks)
	q := newQuota(p, blocks)
	before := 0.0
	for {
		best, least := -1, math.Inf(1)
		for c := range blocks {
			if gone[c] || !q.open(c) {
				continue
			}
			gone[c] = true
			var kept []int
			for o := range blocks {
				for lo, hi := p.cols(o, m.Cols); lo < hi && !gone[o]; lo++ {
					kept = append(kept, lo)
				}
			}
			if e := lost(t, m, from, to, kept); e < least {
				best, least = c, e
			}
			gone[c] = false
		}
		if best < 0 {
			return order, costs
		}
		gone[best] = true
		q.take(best)
		order, costs = append(order, best), append(costs, least-before)
		before = least
	}
}

// The surgeon removes what, solved for all that is left each time, costs least, and it says what that costs.
func TestSurgeonRemovesWhatCostsLeast(t *testing.T) {
	for _, name := range []string{"unstructured", "4x1", "2x3", "1x2", "2:4", "1:3"} {
		p, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		m := random(rand.New(rand.NewPCG(1, 2)), 6, 44)
		for _, threads := range []int{1, 3} {
			r, err := rankSurgeon(m, p, threads)
			if err != nil {
				t.Fatal(err)
			}
			for b := range r.Order {
				order, costs := slowly(t, m, p, b)
				if !slices.Equal(order, r.Order[b]) {
					t.Fatalf("%s: row %d: want the order %v, have %v", name, b, order, r.Order[b])
				}
				for i, c := range costs {
					if math.Abs(c-r.Cost[b][i]) > 1e-6*(1+math.Abs(c)) {
						t.Errorf("%s: row %d, removal %d: want a cost of %g, have %g", name, b, i, c, r.Cost[b][i])
					}
				}
			}
		}
	}
}

func BenchmarkSurgeon(b *testing.B) {
	m := random(rand.New(rand.NewPCG(1, 2)), 4, 864)
	p := Pattern{Rows: 1, Cols: 1}
	for b.Loop() {
		if _, err := rankSurgeon(m, p, 1); err != nil {
			b.Fatal(err)
		}
	}
}
