package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

func normal(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// Products of all shapes around the edges of tiles, strips and panels, of matrices and transposed ones, are
// what the definition says, and the same on any number of threads.
func TestProductsAreSumsOfProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 2}, {4, 8, 7}, {5, 9, 300}, {64, 64, 256}, {65, 130, 257}, {130, 3, 600}, {2, 70, 0}} {
		m, n, k := s[0], s[1], s[2]
		const spare = 3
		for _, turned := range []bool{false, true} {
			a, b := Of(normal(r, m*(k+spare)), m, k, k+spare), Of(normal(r, k*(n+spare)), k, n, n+spare)
			if turned {
				a, b = Of(normal(r, k*(m+spare)), k, m, m+spare).T(), Of(normal(r, n*(k+spare)), n, k, k+spare).T()
			}
			start := normal(r, m*n)
			var first []float64
			for threads := 1; threads < 4; threads++ {
				c := slices.Clone(start)
				AddProduct(Of(c, m, n, n), a, b, threads)
				if first == nil {
					first = c
				} else if !slices.Equal(first, c) {
					t.Errorf("%v: %d threads compute something else", s, threads)
				}
			}
			for i := range m {
				for j := range n {
					want := start[i*n+j]
					for l := range k {
						want += a.Data[i*a.Row+l*a.Col] * b.Data[l*b.Row+j*b.Col]
					}
					if d := math.Abs(first[i*n+j] - want); !(d < 1e-11*float64(k+1)) {
						t.Fatalf("%v, turned %v: %d, %d: off by %g", s, turned, i, j, d)
					}
				}
			}
		}
	}
}

func TestUpperTrianglesAreThoseOfTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const rows, cols = 70, 150
	x := Of(normal(r, rows*cols), rows, cols, cols)
	whole, upper := make([]float64, cols*cols), make([]float64, cols*cols)
	AddProduct(Of(whole, cols, cols, cols), x.T(), x, 2)
	AddProductUpper(Of(upper, cols, cols, cols), x.T(), x, 2)
	for i := range cols {
		for j := i; j < cols; j++ {
			if whole[i*cols+j] != upper[i*cols+j] {
				t.Fatalf("%d, %d: %g and %g", i, j, whole[i*cols+j], upper[i*cols+j])
			}
		}
	}
}

// A pair of strips has the sums of both, to the bit.
func TestPairsAreTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 7, 256} {
		a, b, c := normal(r, n*down+1), normal(r, n*across+1), normal(r, n*across+1)
		var both [2 * down * across]float64
		if !kernelPair(n, &a[0], &b[0], &c[0], &both) {
			t.Skip("this processor, or this level, has none")
		}
		for i, strip := range [][]float64{b, c} {
			var want [down * across]float64
			kernel(n, &a[0], &strip[0], &want)
			if !slices.Equal(both[i*down*across:][:down*across], want[:]) {
				t.Errorf("n %d, strip %d: %v, want %v", n, i, both[i*down*across:][:down*across], want)
			}
		}
	}
}

// The kernel in Go and the one of this machine differ by rounding only.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{0, 1, 7, 256} {
		a, b := normal(r, n*down+1), normal(r, n*across+1)
		var x, y [down * across]float64
		kernel(n, &a[0], &b[0], &x)
		portable(n, a, b, &y)
		for i := range x {
			if math.Abs(x[i]-y[i]) > 1e-12*float64(n) {
				t.Errorf("n %d: %g and %g", n, x[i], y[i])
			}
		}
	}
}

// What is packed, and what is added to results, is the same to the bit on any machine.
func TestRowsAreLaidAndAddedAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for n := range 9 {
		for _, width := range []int{down, across} {
			src := normal(r, 9*(across+3))
			have, want := normal(r, 9*across), normal(r, 9*across)
			lay(have, src, across+3, n, width)
			layPortable(want, src, across+3, n, width)
			if !slices.Equal(have[:n*width], want[:n*width]) {
				t.Errorf("%d rows of %d are laid differently", n, width)
			}
		}
		if n > down {
			continue
		}
		sums := [down * across]float64(normal(r, down*across))
		for _, sign := range []float64{1, -1} {
			have := normal(r, down*(across+1))
			want := slices.Clone(have)
			addRows(have, across+1, n, &sums, sign)
			addRowsPortable(want, across+1, n, &sums, sign)
			if !slices.Equal(have, want) {
				t.Errorf("%d rows are added differently", n)
			}
		}
	}
}

func BenchmarkGram(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	const rows = 4096
	for _, cols := range []int{75, 288} {
		x, c := normal(r, rows*cols), make([]float64, cols*cols)
		report := func(b *testing.B) {
			b.ReportMetric(float64(rows*cols*cols)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		}
		b.Run(fmt.Sprintf("%d/here", cols), func(b *testing.B) {
			for b.Loop() {
				AddProduct(Of(c, cols, cols, cols), Of(x, rows, cols, cols).T(), Of(x, rows, cols, cols), 1)
			}
			report(b)
		})
		b.Run(fmt.Sprintf("%d/gonum", cols), func(b *testing.B) {
			g := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: x}
			for b.Loop() {
				const tile = 64 // as large as gonum computes on one thread
				for i := 0; i < cols; i += tile {
					for j := 0; j < cols; j += tile {
						p, q := g, g
						p.Data, p.Cols, q.Data, q.Cols = x[i:], min(tile, cols-i), x[j:], min(tile, cols-j)
						blas64.Gemm(blas.Trans, blas.NoTrans, 1, p, q, 1, blas64.General{Rows: p.Cols, Cols: q.Cols, Stride: cols, Data: c[i*cols+j:]})
					}
				}
			}
			report(b)
		})
	}
}

func TestTransposeExchangesIndices(t *testing.T) {
	v := []float64{1, 2, 3, 4, 5, 6}
	if have := Transpose(v, 2, 3); !slices.Equal(have, []float64{1, 4, 2, 5, 3, 6}) {
		t.Errorf("have %v", have)
	}
	if have := Transpose(Transpose(v, 2, 3), 3, 2); !slices.Equal(have, v) {
		t.Errorf("twice: have %v", have)
	}
}

// A product with a symmetric matrix reads its upper triangle only.
func TestAddSymmetricProduct(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 9, 96, 97, 230} {
		a, b := definite(r, n), normal(r, n*5)
		want := times(a, b, n, 5)
		for i := range n {
			for j := range i {
				a[i*n+j] = math.NaN()
			}
		}
		for _, threads := range []int{1, 3} {
			have := make([]float64, n*5)
			AddSymmetricProduct(Of(have, n, 5, 5), a, Of(b, n, 5, 5), threads)
			near(t, "the product", have, want)
		}
	}
}

// A Gram matrix and a right-hand side made together are those made one by one, to the bit, on any number of threads.
func TestAddGram(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, s := range [][3]int{{300, 7, 1}, {300, 7, 3}, {70, 40, 130}, {1000, 145, 16}, {0, 3, 2}} {
		rows, cols, outs := s[0], s[1], s[2]
		x, y := Of(normal(r, rows*cols), rows, cols, cols), Of(normal(r, rows*outs), rows, outs, outs)
		gram, cross := make([]float64, cols*cols), make([]float64, cols*outs)
		AddProductUpper(Of(gram, cols, cols, cols), x.T(), x, 1)
		AddProduct(Of(cross, cols, outs, outs), x.T(), y, 1)
		for threads := 1; threads < 4; threads++ {
			g, c := make([]float64, cols*cols), make([]float64, cols*outs)
			AddGram(Of(g, cols, cols, cols), Of(c, cols, outs, outs), x, y, threads)
			for i := range cols {
				if !slices.Equal(g[i*cols+i:(i+1)*cols], gram[i*cols+i:(i+1)*cols]) {
					t.Errorf("%v, %d threads: row %d of the Gram matrix differs", s, threads, i)
				}
			}
			if !slices.Equal(c, cross) {
				t.Errorf("%v, %d threads: the right-hand side differs", s, threads)
			}
		}
	}
}

// A class has one size, which is that of what is given back to it, and no more than a quarter above what is asked for.
func TestClassesOfBuffers(t *testing.T) {
	sizes := map[int]int{}
	for _, from := range []int{0, 1000, 1 << 20, 1<<30 - 500} {
		for n := from; n < from+1000; n++ {
			class, size := classOf(n)
			if again, same := classOf(size); again != class || same != size || size < n || 4*size > 5*n+4 {
				t.Fatalf("%d numbers: class %d of %d, which is of class %d of %d", n, class, size, again, same)
			}
			if known, ok := sizes[class]; ok && known != size || class >= len(doubles) {
				t.Fatalf("class %d: sizes %d and %d", class, known, size)
			}
			sizes[class] = size
		}
	}
}
