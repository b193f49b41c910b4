package linalg

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is apart, and what targets follow, is what the definitions say of each number, at any length.
func TestApartAndPull(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	inf := float32(math.Inf(1))
	for _, bounds := range [][2]float32{{0, inf}, {0, 1}, {-inf, inf}, {-inf, 0.5}, {-0.5, -0.5}} {
		low, high := bounds[0], bounds[1]
		for _, n := range []int{0, 1, 7, 8, 9, 16, 100} {
			z, want, have := normals32(r, n), normals32(r, n), normals32(r, n)
			for i := 0; i < n; i += 5 { // at a bound
				want[i] = []float32{low, high}[i%2]
				if math.IsInf(float64(want[i]), 0) {
					want[i] = 0
				}
			}
			e, a := 0.0, 0.0
			target := make([]float32, n)
			for i, w := range want {
				t, h := math.Min(math.Max(float64(w), float64(low)), float64(high)), math.Min(math.Max(float64(have[i]), float64(low)), float64(high))
				e, a = e+t*t, a+(t-h)*(t-h)
				target[i] = w
				if w <= low {
					target[i] = min(z[i], low)
				} else if w >= high {
					target[i] = max(z[i], high)
				}
				target[i] -= have[i]
			}
			energy, apart := Apart(want, have, low, high)
			if math.Abs(energy-e) > 1e-12*(1+e) || math.Abs(apart-a) > 1e-12*(1+a) {
				t.Errorf("%v, %d: %g and %g, want %g and %g", bounds, n, energy, apart, e, a)
			}
			pulled := make([]float32, n)
			if Pull(pulled, z, want, have, low, high); !slices.Equal(pulled, target) {
				t.Errorf("%v, %d: pulled to %v, want %v", bounds, n, pulled, target)
			}
			if Pull(z, z, want, have, low, high); !slices.Equal(z, target) {
				t.Errorf("%v, %d: pulled in place to %v, want %v", bounds, n, z, target)
			}
		}
	}
	nan := float32(math.NaN())
	for _, n := range []int{1, 8} {
		some, ones := slices.Repeat([]float32{1}, n), slices.Repeat([]float32{1}, n)
		some[n-1] = nan
		if e, a := Apart(ones, some, 0, 6); e != float64(n) || !math.IsNaN(a) {
			t.Errorf("%d: have %g and %g", n, e, a)
		}
		if e, _ := Apart(some, ones, 0, 6); !math.IsNaN(e) {
			t.Errorf("%d: have %g", n, e)
		}
		out := make([]float32, n)
		if Pull(out, some, slices.Repeat([]float32{-1}, n), ones, 0, 6); !math.IsNaN(float64(out[n-1])) {
			t.Errorf("%d: have %g", n, out[n-1])
		}
	}
}
