package simd

import (
	"fmt"
	"testing"
)

// offsetsOf returns the offsets of 3x3 windows at stride 2 over a plane of side x side pixels of c
// channels, padded by 1.
func offsetsOf(side, c int) (offsets []int32, rows int) {
	out := (side + 1) / 2
	for y := range out {
		for x := range out {
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					o := int32(-7)
					if v, u := 2*y+dy, 2*x+dx; v >= 0 && v < side && u >= 0 && u < side {
						o = int32((v*side + u) * c)
					}
					offsets = append(offsets, o)
				}
			}
		}
	}
	return offsets, out * out
}

func TestPool(t *testing.T) {
	for _, c := range lengths[1:] {
		side, ldy := 5, c+2
		offsets, rows := offsetsOf(side, c)
		for i := range 9 {
			offsets[i] = -1 // a row without offsets
		}
		x, scale := guarded(side*side*c), make([]float32, rows)
		specials(x.v, 11)
		spread(scale)
		want := guarded((rows-1)*ldy + c)
		for _, l := range Levels() {
			t.Run(fmt.Sprint(c, l), func(t *testing.T) {
				y := guarded((rows-1)*ldy + c)
				for _, taps := range []int{1, 2, 4, 9} {
					offsets := offsets[:rows*taps]
					poolMaxGo(want.v, x.v, offsets, taps, rows, c, ldy)
					poolMaxVariants.at(l)(y.v, x.v, offsets, taps, rows, c, ldy)
					y.same(t, want.v, 0)
					poolAverageGo(want.v, x.v, offsets, taps, rows, c, ldy, scale)
					poolAverageVariants.at(l)(y.v, x.v, offsets, taps, rows, c, ldy, scale)
					y.same(t, want.v, 1e-6)
				}
			})
		}
	}
}

func TestMaxOffset(t *testing.T) {
	for _, l := range Levels() {
		for n := range 70 {
			o := make([]int32, n)
			for at := -1; at < n; at++ {
				for i := range o {
					o[i] = -5
				}
				want := int32(-1)
				if at >= 0 {
					o[at], want = int32(at), int32(at)
				}
				if got := maxOffsetVariants.at(l)(o); got != want {
					t.Fatalf("%v: the largest of %d is %d, want %d", l, n, got, want)
				}
			}
		}
	}
}

func TestPoolOutside(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	PoolMax(make([]float32, 8), make([]float32, 15), []int32{0, 8}, 2, 1, 8, 8)
}

func BenchmarkPool(b *testing.B) {
	for _, c := range []int{16, 24, 64} {
		side := 28
		offsets, rows := offsetsOf(side, c)
		x, y, scale := make([]float32, side*side*c), make([]float32, rows*c), make([]float32, rows)
		spread(x)
		for _, l := range Levels() {
			bench := func(name string, f func()) {
				b.Run(fmt.Sprint(name, "/", l, "/", c), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					reportNumbers(b, rows*9*c)
				})
			}
			bench("Max", func() { poolMaxVariants.at(l)(y, x, offsets, 9, rows, c, c) })
			bench("Average", func() { poolAverageVariants.at(l)(y, x, offsets, 9, rows, c, c, scale) })
			bench("Offsets", func() { maxOffsetVariants.at(l)(offsets) })
		}
	}
}
