package simd

import (
	"fmt"
	"math"
	"testing"
)

// benchProducts are products of ResNet-50, MobileNetV2 and ViT-B/32. Side is that of the square
// image that those with taps slide over.
var benchProducts = []struct{ rows, taps, k, n, side int }{
	{3136, 9, 64, 64, 56},
	{784, 9, 128, 128, 28},
	{196, 9, 256, 256, 14},
	{49, 9, 512, 512, 7},
	{3136, 1, 64, 256, 0},
	{196, 1, 1024, 256, 0},
	{49, 1, 512, 2048, 0},
	{50, 1, 768, 3072, 0},
	{50, 1, 3072, 768, 0},
	{1, 1, 2048, 1000, 0},
	{12544, 7, 21, 64, 112},
	{12544, 1, 16, 96, 0},
	{3136, 1, 96, 24, 0},
	{50, 1, 64, 50, 0},
}

func BenchmarkProduct(b *testing.B) {
	for _, c := range benchProducts {
		for _, l := range Levels() {
			b.Run(fmt.Sprintf("%dx%dx%dx%d/%v", c.rows, c.taps, c.k, c.n, l), func(b *testing.B) {
				p := Product{X: make([]float32, c.rows*c.k+100), K: c.k, LdX: c.k, LdY: c.n, Rows: c.rows, Zero: make([]float32, c.k), Lo: 0, Hi: float32(math.Inf(1))}
				if c.side > 0 {
					p.Table = window(c.side, c.taps, c.k, tileRows(l))
				}
				y, bias, w := make([]float32, c.rows*c.n), make([]float32, c.n), make([]float32, PackedLen(c.taps, c.k, c.n))
				fastest(b, 2*c.rows*c.taps*c.k*c.n, "GFLOP/s", func() {
					for s := range strips(l, c.n) {
						first, width, columns := stripAt(l, s, c.n)
						p.W, p.Y, p.Bias, p.Width, p.Columns = w[first*c.taps*c.k:], y[first:], bias[first:], width, columns
						p.runAt(l)
					}
				})
			})
		}
	}
}

// BenchmarkProductCold goes through weights that fit in no cache, as a model larger than the caches
// does.
func BenchmarkProductCold(b *testing.B) {
	weights := make([]float32, 96<<20)
	for i := range weights {
		weights[i] = 1
	}
	for _, c := range benchProducts {
		long := PackedLen(c.taps, c.k, c.n)
		if long < 1<<18 {
			continue
		}
		for _, l := range Levels()[1:] {
			b.Run(fmt.Sprintf("%dx%dx%dx%d/%v", c.rows, c.taps, c.k, c.n, l), func(b *testing.B) {
				p := Product{X: make([]float32, c.rows*c.k+100), K: c.k, LdX: c.k, LdY: c.n, Rows: c.rows, Zero: make([]float32, c.k), Lo: 0, Hi: float32(math.Inf(1))}
				if c.side > 0 {
					p.Table = window(c.side, c.taps, c.k, tileRows(l))
				}
				y := make([]float32, c.rows*c.n)
				at := 0
				fastest(b, 2*c.rows*c.taps*c.k*c.n, "GFLOP/s", func() {
					if at += long; at+long > len(weights) {
						at = 0
					}
					for s := range strips(l, c.n) {
						first, width, columns := stripAt(l, s, c.n)
						p.W, p.Y, p.Width, p.Columns = weights[at+first*c.taps*c.k:], y[first:], width, columns
						p.runAt(l)
					}
				})
			})
		}
	}
}

// window returns the table of a square image under a padded window of 3 x 3, or of taps rows below
// one another.
func window(side, taps, k, tile int) *Table {
	t := new(Table)
	t.Fill(side*side, taps, tile, func(row, tap int) int {
		y, x := row/side+tap-taps/2, row%side
		if taps == 9 {
			y, x = row/side+tap/3-1, row%side+tap%3-1
		}
		if y < 0 || y >= side || x < 0 || x >= side {
			return -1
		}
		return (y*side + x) * k
	})
	return t
}
