package simd

import (
	"fmt"
	"math"
	"testing"
)

// wholeOf is what Quantize and Rescale make of a quotient or product, as the operators define it.
func wholeOf(x float32, lo, hi float64) float32 {
	if x != x {
		return 0
	}
	return float32(math.RoundToEven(min(max(float64(x), lo), hi)) + 0) // +0: no negative zero
}

// quantities are numbers with halves, numbers beside halves, and those without bounds.
func quantities(v []float32) {
	for i := range v {
		v[i] = (float32(i%41) - 20) * 0.25
		switch i % 13 {
		case 3:
			v[i] = math.Nextafter32(v[i], 100)
		case 5:
			v[i] *= 1e6
		case 7:
			v[i] = [...]float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -0.1, float32(math.Copysign(0, -1))}[i/13%5]
		}
	}
}

func TestQuantize(t *testing.T) {
	for _, v := range quantizeVariants {
		if !Active.Has(v.level) {
			continue
		}
		for _, n := range lengths {
			for _, scale := range []float32{0.5, 0.3, 1} {
				x, y, want := guarded(n), guarded(n), make([]float32, n)
				quantities(x.v)
				for i, e := range x.v {
					want[i] = wholeOf(e/scale, -7, 9) * 0.7
				}
				v.f(y.v, x.v, 1, n, n, n, scale, -7, 9, 0.7)
				sameBits(t, fmt.Sprint(v.level, n), y.v, want)
				y.same(t, want, 0)
			}
		}
	}
}

func TestRescale(t *testing.T) {
	const rows, ldx, extra = 3, 140, 5
	for _, v := range rescaleVariants {
		if !Active.Has(v.level) {
			continue
		}
		for n := 1; n < 70; n++ {
			x, scale, y := make([]float32, rows*ldx), guarded(n), make([]float32, rows*(n+extra))
			quantities(x)
			for i := range scale.v {
				scale.v[i] = float32(i%5)*0.37 + 0.5
			}
			want := make([]float32, len(y))
			for i := range want {
				r, c := i/(n+extra), i%(n+extra)
				if c < n {
					want[i] = wholeOf(x[r*ldx+c]*scale.v[c], -7, 9)
				}
			}
			v.f(y, x, scale.v, rows, n, n+extra, ldx, -7, 9)
			sameBits(t, fmt.Sprint(v.level, n), y, want)
		}
	}
}

func sameBits(t *testing.T, what string, have, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(have[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, have[i], want[i])
		}
	}
}

func TestQuantizeChecksExtents(t *testing.T) {
	for _, f := range []func(x []float32){
		func(x []float32) { Quantize(x, x, 3, 8, 8, 8, 1, 0, 1, 1) },
		func(x []float32) { Rescale(x, x, x, 3, 8, 8, 8, 0, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("rows beyond the slice are not refused")
				}
			}()
			f(make([]float32, 20))
		}()
	}
}
