package simd

import (
	"fmt"
	"math"
	"testing"
)

// spread fills v with numbers that differ, with a mean of about 3.
func spread(v []float32) {
	for i := range v {
		v[i] = float32(i*31%101)*0.11 - 2.5
	}
}

func TestSumAndMaxOf(t *testing.T) {
	for _, n := range lengths {
		x := guarded(n)
		spread(x.v)
		for _, v := range sumVariants {
			if Active.Has(v.level) {
				if got, want := v.f(x.v), sumGo(x.v); math.Abs(got-want) > 1e-9 {
					t.Errorf("%v: sum of %d is %g, want %g", v.level, n, got, want)
				}
			}
		}
		for _, v := range maxOfVariants {
			if !Active.Has(v.level) {
				continue
			}
			for at := -2; at < n; at++ {
				x := append([]float32(nil), x.v...)
				for i := range x {
					x[i] -= 100 // so that zeros beyond the end would win
				}
				if at >= 0 {
					x[at] = float32(math.NaN())
				}
				if at == -2 && n > 0 {
					x[n-1] = 7
				}
				if got, want := v.f(x), maxOfGo(x); got != want && !(math.IsNaN(float64(got)) && math.IsNaN(float64(want))) {
					t.Errorf("%v: largest of %d is %g, want %g", v.level, n, got, want)
				}
			}
		}
	}
}

func TestMeanRows(t *testing.T) {
	for _, v := range sumRowsVariants {
		for _, c := range lengths {
			for _, rows := range []int{1, 2, 49} {
				if !Active.Has(v.level) || c == 0 {
					continue
				}
				ld := c + 3
				x, y, want := guarded((rows-1)*ld+c), guarded(c), make([]float32, c)
				spread(x.v)
				sumRowsGo(want, x.v, rows, c, ld, 1/float64(rows))
				v.f(y.v, x.v, rows, c, ld, 1/float64(rows))
				y.same(t, want, 1e-7)
			}
		}
	}
	y := []float32{1, 2}
	if SumRows(y, nil, 0, 2, 2); y[0] != 0 || y[1] != 0 {
		t.Errorf("the sum of no rows is %g", y)
	}
}

func BenchmarkReduce(b *testing.B) {
	x, y := make([]float32, 49*512), make([]float32, 512)
	spread(x)
	for _, l := range Levels() {
		run := func(name string, n int, f func()) {
			b.Run(fmt.Sprint(name, "/", l), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				reportNumbers(b, n)
			})
		}
		sum, maxOf, sumRows := sumVariants.at(l), maxOfVariants.at(l), sumRowsVariants.at(l)
		run("Sum", 4096, func() { sum(x[:4096]) })
		run("MaxOf", 4096, func() { maxOf(x[:4096]) })
		run("MeanRows/512", 49*512, func() { sumRows(y, x, 49, 512, 512, 1./49) })
		run("MeanRows/24", 49*24, func() { sumRows(y, x, 49, 24, 24, 1./49) })
	}
}
