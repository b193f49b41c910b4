package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// plain is sgemm by its definition, in float64.
func plain(m, n, k int, alpha float32, a, b matrix, c []float32, ldc int) []float32 {
	number := func(x matrix, i, j int) float64 { return float64(x.at(i, j).data[0]) }
	out := append([]float32(nil), c...)
	for i := range m {
		for j := range n {
			sum := 0.0
			for p := range k {
				sum += number(a, i, p) * number(b, p, j)
			}
			out[i*ldc+j] += float32(float64(alpha) * sum)
		}
	}
	return out
}

// Products of all shapes around the edges of strips and panels, of matrices and transposed ones, are what the
// definition says, and nothing beside c is written.
func TestPackedProductsAreSumsOfProducts(t *testing.T) {
	if !hasFMA {
		t.Skip("not on this processor")
	}
	rng := seeded(t)
	numbers := func(n int) []float32 { return graph.Data[float32](random(rng, n)) }
	for _, s := range [][3]int{{6, 16, 1}, {6, 8, 7}, {7, 17, 300}, {5, 15, 3}, {96, 192, 256}, {97, 193, 257}, {13, 400, 70}, {200, 9, 5}, {6, 16, 0}} {
		m, n, k := s[0], s[1], s[2]
		const spare = 3
		for turned := range 4 {
			a := matrix{numbers(m*(k+spare) + 1), k + spare, false}
			b := matrix{numbers(k*(n+spare) + 1), n + spare, false}
			if turned&1 != 0 {
				a = matrix{numbers(k*(m+spare) + 1), m + spare, true}
			}
			if turned&2 != 0 {
				b = matrix{numbers(n*(k+spare) + 1), k + spare, true}
			}
			c := numbers(m * (n + spare))
			want := plain(m, n, k, 0.5, a, b, c, n+spare)
			packedGemm(m, n, k, 0.5, a, b, c, n+spare)
			for i := range c {
				if d := math.Abs(float64(c[i] - want[i])); !(d <= 1e-5*float64(k+1)) || i%(n+spare) >= n && d != 0 {
					t.Fatalf("%v, turned %d: element %d: want %g, have %g", s, turned, i, want[i], c[i])
				}
			}
		}
	}
}

// Removing inner positions that are zero changes no bit, whatever block they were in: a cut network computes
// what the masked one does.
func TestPackedProductsSkipZeroesExactly(t *testing.T) {
	if !hasFMA {
		t.Skip("not on this processor")
	}
	rng := seeded(t)
	const m, n, k = 20, 40, 700
	x, y := graph.Data[float32](random(rng, m, k)), graph.Data[float32](random(rng, k, n))
	var kept []int
	for p := range k {
		if rng.IntN(3) > 0 {
			kept = append(kept, p)
			continue
		}
		for i := range m {
			x[i*k+p] = 0
		}
	}
	small, rows := make([]float32, m*len(kept)), make([]float32, len(kept)*n)
	for at, p := range kept {
		for i := range m {
			small[i*len(kept)+at] = x[i*k+p]
		}
		copy(rows[at*n:][:n], y[p*n:])
	}
	whole, cut := make([]float32, m*n), make([]float32, m*n)
	packedGemm(m, n, k, 1, matrix{x, k, false}, matrix{y, n, false}, whole, n)
	packedGemm(m, n, len(kept), 1, matrix{small, len(kept), false}, matrix{rows, n, false}, cut, n)
	for i := range whole {
		if whole[i] != cut[i] {
			t.Fatalf("element %d: %g and %g", i, whole[i], cut[i])
		}
	}
}

// Products of this machine beside gonum's, on one thread.
func BenchmarkProducts(b *testing.B) {
	rng := seeded(b)
	for _, s := range [][3]int{{512, 512, 512}, {64, 192, 576}, {256, 196, 2304}, {8, 1000, 512}} {
		m, n, k := s[0], s[1], s[2]
		x, y := random(rng, m, k), random(rng, k, n)
		c := make([]float32, m*n)
		for _, fused := range []bool{true, false} {
			b.Run(fmt.Sprintf("%dx%dx%d/fused=%v", m, n, k, fused), func(b *testing.B) {
				if fused && !hasFMA {
					b.Skip("not on this processor")
				}
				product := sgemm
				if !fused {
					product = gonumGemm
				}
				for b.Loop() {
					product(m, n, k, 1, matrix{graph.Data[float32](x), k, false}, matrix{graph.Data[float32](y), n, false}, c, n)
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
