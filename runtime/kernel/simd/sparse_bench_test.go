package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// benchSparse are convolutions of ResNet-50: channels and the square image, which a window of 3x3 or 1x1 slides over.
var benchSparse = []struct{ side, window, in, out int }{
	{56, 3, 64, 64}, {14, 3, 256, 256}, {7, 3, 512, 512}, {56, 1, 64, 256}, {14, 1, 1024, 256}, {7, 1, 512, 2048},
}

// sparseConvolution has so many entries by chance, the same number in each group within one.
func sparseConvolution(side, window, in, out, rows int, density float64) *Sparse {
	r := rand.New(rand.NewPCG(1, 2))
	pitch := side + window/2
	plane := pitch * (side + 2*(window/2))
	s := &Sparse{Rows: rows, Width: side, Pitch: pitch, Lines: side, LdY: side * side, Y: make([]float32, out*side*side), Bias: make([]float32, out),
		X: make([]float32, in*plane+2*(window/2)), Lo: 0, Hi: float32(math.Inf(1)), Groups: out / rows, Starts: []int32{0}}
	s.Count = s.positions()
	for g := range s.Groups {
		taps := in * window * window
		for tap := range taps {
			want := int(float64(g+1)*density*float64(taps)) - len(s.Offsets)
			if r.IntN(taps-tap) < want {
				c, dy, dx := tap/(window*window), tap/window%window, tap%window
				s.Offsets = append(s.Offsets, int32(c*plane+dy*pitch+dx))
			}
		}
		s.Starts = append(s.Starts, int32(len(s.Offsets)))
	}
	s.Values = make([]float32, rows*len(s.Offsets))
	for i := range s.Values {
		s.Values[i] = r.Float32() - 0.5
	}
	return s
}

// denseConvolution is the same as a dense product.
func denseConvolution(side, window, in, out int) func() {
	taps := window * window
	p := Product{X: make([]float32, side*side*in+100), K: in, LdX: in, LdY: out, Rows: side * side, Zero: make([]float32, in), Lo: 0, Hi: float32(math.Inf(1))}
	if window > 1 {
		p.Table = square(side, in)
	}
	y, bias, w := make([]float32, side*side*out), make([]float32, out), make([]float32, PackedLen(taps, in, out))
	return func() {
		for s := range strips(Best, out) {
			first, width, columns := stripAt(Best, s, out)
			p.W, p.Y, p.Bias, p.Width, p.Columns = w[first*taps*in:], y[first:], bias[first:], width, columns
			p.Run()
		}
	}
}

// square is the table of an image under a window of 3x3.
func square(side, in int) *Table { return window(side, 9, in, TileRows()) }

// BenchmarkSparse gives the speed on the entries alone, and how many times faster the convolution is than the dense one, both
// the fastest of turns that alternate.
func BenchmarkSparse(b *testing.B) {
	for _, c := range benchSparse {
		for _, rows := range []int{4, 1} {
			for _, density := range []float64{0.5, 0.2, 0.1, 0.05} {
				for l := AVX2; l <= Best; l++ {
					b.Run(fmt.Sprintf("%dx%d/%dx%d/%d-%d/%v/rows%d/%v", c.side, c.side, c.window, c.window, c.in, c.out, density, rows, l), func(b *testing.B) {
						s, dense := sparseConvolution(c.side, c.window, c.in, c.out, rows, density), denseConvolution(c.side, c.window, c.in, c.out)
						fast, slow := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
						for b.Loop() {
							start := time.Now()
							dense()
							middle := time.Now()
							s.runAt(l)
							fast, slow = min(fast, time.Since(middle)), min(slow, middle.Sub(start))
						}
						b.ReportMetric(float64(2*len(s.Values)*c.side*c.side)/float64(fast.Nanoseconds()), "GFLOP/s")
						b.ReportMetric(float64(slow)/float64(fast), "dense/sparse")
					})
				}
			}
		}
	}
}

// BenchmarkSparseVector gives the speed on the entries of fully connected nodes of ResNet-50, VGG and a transformer.
func BenchmarkSparseVector(b *testing.B) {
	for _, c := range []struct{ in, out int }{{512, 1000}, {2048, 1000}, {4096, 4096}, {768, 3072}} {
		dense := denseConvolution(1, 1, c.in, c.out)
		b.Run(fmt.Sprintf("%d-%d/dense", c.in, c.out), func(b *testing.B) { fastest(b, 2*c.in*c.out, "GFLOP/s", dense) })
		for _, rows := range []int{4, 1} {
			for _, density := range []float64{0.5, 0.2, 0.1, 0.05} {
				for l := AVX2; l <= Best; l++ {
					b.Run(fmt.Sprintf("%d-%d/%v/rows%d/%v", c.in, c.out, density, rows, l), func(b *testing.B) {
						p := sparseConvolution(1, 1, c.in, c.out, rows, density)
						s := SparseVector{X: p.X, Rows: rows, Starts: p.Starts, Offsets: p.Offsets, Values: p.Values, Y: p.Y, Bias: p.Bias, Hi: p.Hi, Groups: p.Groups}
						fastest(b, 2*len(s.Values), "GFLOP/s", func() { s.runAt(l) })
					})
				}
			}
		}
	}
}
