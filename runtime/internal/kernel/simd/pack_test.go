package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestPackStrips(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{1, 7, 8, 15, 16, 17, 24, 33, 64, 65, 100, 128, 150} {
			for _, k := range []int{1, 3, 8, 9, 16, 21, 50} {
				for _, taps := range []int{1, 4} {
					for _, stride := range [][3]int{{k * n, n, 1}, {k * n, 1, k}, {1, taps, taps * k}, {k*n + 3, 1, k + 2}, {7, n*taps + 5, 1}, {2, 2*taps + 1, 2*taps*k + k}} {
						src := randoms(r, (taps-1)*stride[0]+(k-1)*stride[1]+(n-1)*stride[2]+1)
						dst := guarded(PackedLen(taps, k, n))
						packStrips(l, dst.v, src, taps, k, n, stride[0], stride[1], stride[2])
						want := make([]float32, 0, len(dst.v))
						for s := range strips(l, n) {
							first, width, columns := stripAt(l, s, n)
							for at := range taps * k * width {
								tap, i, c := at/(k*width), at/width%k, at%width
								if c < columns {
									want = append(want, src[tap*stride[0]+i*stride[1]+(first+c)*stride[2]])
								} else {
									want = append(want, 0)
								}
							}
						}
						dst.same(t, want, 0)
						if t.Failed() {
							t.Fatal(n, k, taps, stride)
						}
					}
				}
			}
		}
	})
}

func BenchmarkPackStrips(b *testing.B) {
	for _, c := range []struct {
		name                        string
		taps, k, n                  int
		strideTap, strideK, strideN int
	}{
		{"convolution", 9, 512, 512, 1, 9, 9 * 512},
		{"pointwise", 1, 512, 2048, 0, 1, 512},
		{"gemm", 1, 768, 3072, 0, 3072, 1},
		{"values 50x64", 1, 50, 64, 0, 768, 1},
		{"keys 64x50", 1, 64, 50, 0, 1, 768},
		{"keys 64x200", 1, 64, 200, 0, 1, 768},
	} {
		src := make([]float32, (c.taps-1)*c.strideTap+(c.k-1)*c.strideK+(c.n-1)*c.strideN+1)
		dst := make([]float32, PackedLen(c.taps, c.k, c.n))
		for _, l := range Levels() {
			b.Run(fmt.Sprint(c.name, "/", l), func(b *testing.B) {
				fastest(b, 4*c.taps*c.k*c.n, "GB/s", func() {
					packStrips(l, dst, src, c.taps, c.k, c.n, c.strideTap, c.strideK, c.strideN)
				})
			})
		}
	}
}
