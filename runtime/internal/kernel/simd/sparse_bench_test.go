package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// benchSparse are convolutions of ResNet-50: channels and the square image that a window of 3x3 or
// 1x1 slides over.
var benchSparse = []struct{ side, window, in, out int }{
	{56, 3, 64, 64}, {14, 3, 256, 256}, {7, 3, 512, 512}, {56, 1, 64, 256}, {14, 1, 1024, 256}, {7, 1, 512, 2048},
}

// sparseLayout is how an image lies in x, and how much of it may be in use at once before its
// channels are divided into parts (0 means all).
type sparseLayout struct {
	name   string
	copies bool // a copy of the image for each column of the window, shifted by it, without gaps between the lines, at whole cache lines
	bytes  int
}

// sparseConvolution returns a convolution with random entries, in parts by channels.
func sparseConvolution(side, window, in, out, rows int, density float64, layout sparseLayout) (parts []*Sparse) {
	r := rand.New(rand.NewPCG(1, 2))
	pad, pitch, copies := window/2, side+window/2, 1
	plane := pitch * (side + 2*pad)
	if layout.copies {
		copies, pitch = window, side
		plane = (pitch*(side+2*pad) + 15) / 16 * 16
	}
	s := Sparse{Rows: rows, Width: side, Pitch: pitch, Lines: side, LdY: side * side, Y: make([]float32, out*side*side), Bias: make([]float32, out),
		X: make([]float32, in*copies*plane+2*pad), Lo: 0, Hi: float32(math.Inf(1)), Groups: out / rows, Starts: []int32{0}}
	s.Count = s.positions()
	channels := in
	if layout.bytes > 0 {
		channels = max(1, layout.bytes/(4*copies*(min(s.Count, sparseTile(Active, rows))+2*pad*pitch)))
	}
	for first := 0; first < in; first += channels {
		part := s
		part.Accumulate, part.Partial = first > 0, first+channels < in
		for range s.Groups {
			for tap := first * window * window; tap < min(first+channels, in)*window*window; tap++ {
				if c, dy, dx := tap/(window*window), tap/window%window, tap%window; r.Float64() >= density {
					continue
				} else if layout.copies {
					part.Offsets = append(part.Offsets, int32((c*copies+dx)*plane+dy*pitch))
				} else {
					part.Offsets = append(part.Offsets, int32(c*plane+dy*pitch+dx))
				}
			}
			part.Starts = append(part.Starts, int32(len(part.Offsets)))
		}
		part.Values = make([]float32, rows*len(part.Offsets))
		for i := range part.Values {
			part.Values[i] = r.Float32() - 0.5
		}
		parts = append(parts, &part)
	}
	return parts
}

// denseConvolution returns the same convolution as a dense product.
func denseConvolution(side, window, in, out int) func() {
	taps := window * window
	p := Product{X: make([]float32, side*side*in+100), K: in, LdX: in, LdY: out, Rows: side * side, Zero: make([]float32, in), Lo: 0, Hi: float32(math.Inf(1))}
	if window > 1 {
		p.Table = square(side, in)
	}
	y, bias, w := make([]float32, side*side*out), make([]float32, out), make([]float32, PackedLen(taps, in, out))
	return func() {
		for s := range strips(Active, out) {
			first, width, columns := stripAt(Active, s, out)
			p.W, p.Y, p.Bias, p.Width, p.Columns = w[first*taps*in:], y[first:], bias[first:], width, columns
			p.Run()
		}
	}
}

// square returns the table of an image under a window of 3x3.
func square(side, in int) *Table { return window(side, 9, in, TileRows()) }

// padded is an image surrounded by zeros.
var padded = sparseLayout{name: "padded"}

// BenchmarkSparse reports the speed on the entries alone, and how many times faster the convolution
// is than the dense one.
func BenchmarkSparse(b *testing.B) {
	for _, c := range benchSparse {
		for _, rows := range []int{4, 1} {
			for _, density := range []float64{0.5, 0.2, 0.1, 0.05} {
				for _, l := range Levels()[1:] {
					b.Run(fmt.Sprintf("%dx%d/%dx%d/%d-%d/%v/rows%d/%v", c.side, c.side, c.window, c.window, c.in, c.out, density, rows, l), func(b *testing.B) {
						benchmarkSparse(b, l, sparseConvolution(c.side, c.window, c.in, c.out, rows, density, padded), denseConvolution(c.side, c.window, c.in, c.out))
					})
				}
			}
		}
	}
}

// BenchmarkSparseLayout compares ways to lay out an image.
func BenchmarkSparseLayout(b *testing.B) {
	for _, c := range benchSparse {
		for _, rows := range []int{4, 1} {
			for _, density := range []float64{0.5, 0.1} {
				for _, layout := range []sparseLayout{padded, {name: "padded, 40 KiB", bytes: 40 << 10}, {name: "copies", copies: true}, {name: "copies, 40 KiB", copies: true, bytes: 40 << 10}} {
					b.Run(fmt.Sprintf("%dx%d/%dx%d/%d-%d/%v/rows%d/%s", c.side, c.side, c.window, c.window, c.in, c.out, density, rows, layout.name), func(b *testing.B) {
						benchmarkSparse(b, Active, sparseConvolution(c.side, c.window, c.in, c.out, rows, density, layout), denseConvolution(c.side, c.window, c.in, c.out))
					})
				}
			}
		}
	}
}

// benchmarkSparse alternates between the two and takes the fastest turn of each.
func benchmarkSparse(b *testing.B, l Level, parts []*Sparse, dense func()) {
	fast, slow, n := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64), 0
	for _, s := range parts {
		n += 2 * len(s.Values) * s.LdY
	}
	for b.Loop() {
		start := time.Now()
		dense()
		middle := time.Now()
		for _, s := range parts {
			s.runAt(l)
		}
		fast, slow = min(fast, time.Since(middle)), min(slow, middle.Sub(start))
	}
	b.ReportMetric(float64(n)/float64(fast.Nanoseconds()), "GFLOP/s")
	b.ReportMetric(float64(slow)/float64(fast), "dense/sparse")
}

// BenchmarkSparseVector reports the speed on the entries of fully connected nodes of ResNet-50, VGG
// and a transformer.
func BenchmarkSparseVector(b *testing.B) {
	for _, c := range []struct{ in, out int }{{512, 1000}, {2048, 1000}, {4096, 4096}, {768, 3072}} {
		dense := denseConvolution(1, 1, c.in, c.out)
		b.Run(fmt.Sprintf("%d-%d/dense", c.in, c.out), func(b *testing.B) { fastest(b, 2*c.in*c.out, "GFLOP/s", dense) })
		for _, rows := range []int{4, 1} {
			for _, density := range []float64{0.5, 0.2, 0.1, 0.05} {
				for _, l := range Levels()[1:] {
					b.Run(fmt.Sprintf("%d-%d/%v/rows%d/%v", c.in, c.out, density, rows, l), func(b *testing.B) {
						p := sparseConvolution(1, 1, c.in, c.out, rows, density, padded)[0]
						s := SparseVector{X: p.X, Rows: rows, Starts: p.Starts, Offsets: p.Offsets, Values: p.Values, Y: p.Y, Bias: p.Bias, Hi: p.Hi, Groups: p.Groups}
						fastest(b, 2*len(s.Values), "GFLOP/s", func() { s.runAt(l) })
					})
				}
			}
		}
	}
}
