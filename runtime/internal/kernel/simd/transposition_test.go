package simd

import (
	"fmt"
	"testing"
)

func TestTranspose(t *testing.T) {
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 24, 33, 47}
	for _, l := range Levels() {
		defer func() { transposeBlock = transposeBlockVariants.at(Active) }()
		transposeBlock = transposeBlockVariants.at(l)
		for _, rows := range sizes {
			for _, cols := range append(sizes, 100) {
				for _, gap := range []int{0, 1, 6} {
					t.Run(fmt.Sprint(l, rows, cols, gap), func(t *testing.T) {
						checkTranspose(t, rows, cols, cols+gap, rows+gap)
					})
				}
			}
		}
		checkTranspose(t, 3000, 70, 70, 3001)
	}
}

func checkTranspose(t *testing.T, rows, cols, ldx, ldy int) {
	t.Helper()
	x, y := guarded((rows-1)*ldx+cols), guarded((cols-1)*ldy+rows)
	for i := range x.v {
		x.v[i] = float32(i)
	}
	want := append([]float32(nil), y.v...)
	for i := range rows {
		for j := range cols {
			want[j*ldy+i] = x.v[i*ldx+j]
		}
	}
	Transpose(y.v, x.v, rows, cols, ldx, ldy)
	y.same(t, want, 0)
}

func BenchmarkTranspose(b *testing.B) {
	for _, size := range [][2]int{{3, 224 * 224}, {224 * 224, 3}, {24, 56 * 56}, {56 * 56, 24}, {64, 56 * 56}, {56 * 56, 64},
		{64, 112 * 112}, {112 * 112, 64}, {2048, 49}, {49, 2048}, {64, 64}, {512, 512}} {
		rows, cols := size[0], size[1]
		x, y := make([]float32, rows*cols), make([]float32, rows*cols)
		for _, l := range Levels() {
			b.Run(fmt.Sprintf("%dx%d/%v", rows, cols, l), func(b *testing.B) {
				defer func() { transposeBlock = transposeBlockVariants.at(Active) }()
				transposeBlock = transposeBlockVariants.at(l)
				for b.Loop() {
					Transpose(y, x, rows, cols, cols, rows)
				}
				b.ReportMetric(float64(8*rows*cols)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GB/s")
			})
		}
		b.Run(fmt.Sprintf("%dx%d/copy", rows, cols), func(b *testing.B) {
			for b.Loop() {
				copy(y, x)
			}
			b.ReportMetric(float64(8*rows*cols)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GB/s")
		})
	}
}
