package nnls

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Times that are exact combinations are explained to the last factor, whatever the sizes of the
// amounts.
func TestRelativeFindsTheFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		n := 1 + rng.IntN(5)
		want := make([]float64, n)
		for i := range want {
			if rng.IntN(3) > 0 {
				want[i] = math.Exp(20*rng.Float64() - 10)
			}
		}
		var amounts [][]float64
		var times []float64
		for range 4 * n {
			a, sum := make([]float64, n), 0.0
			for i := range a {
				a[i] = math.Exp(4 * rng.Float64())
				if want[i] > 0 {
					a[i] /= want[i] // so that each amount matters
				}
				sum += a[i] * want[i]
			}
			amounts, times = append(amounts, a), append(times, sum)
		}
		have := Relative(amounts, times)
		for s, a := range amounts {
			sum := 0.0
			for i := range a {
				sum += a[i] * have[i]
			}
			if math.Abs(sum-times[s]) > 1e-5*times[s] {
				t.Fatalf("factors %v, want %v: %v of %v", have, want, sum, times[s])
			}
		}
	}
}

// No nearby factors explain noisy times better, and none is negative.
func TestRelativeIsTheLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for range 50 {
		var amounts [][]float64
		var times []float64
		for range 12 {
			amounts = append(amounts, []float64{1, rng.Float64(), rng.Float64() * 10})
			times = append(times, .1+rng.Float64())
		}
		off := func(c []float64) (e float64) {
			for s, a := range amounts {
				d := (a[0]*c[0]+a[1]*c[1]+a[2]*c[2])/times[s] - 1
				e += d * d
			}
			return e
		}
		best := Relative(amounts, times)
		least := off(best)
		for i := range best {
			if best[i] < 0 {
				t.Fatalf("factors %v", best)
			}
			for _, step := range []float64{-1e-4, 1e-4} {
				near := append([]float64{}, best...)
				if near[i] += step; near[i] >= 0 && off(near) < least {
					t.Fatalf("factors %v leave %v, %v less", best, least, near)
				}
			}
		}
	}
}

func TestRelativeOfNothing(t *testing.T) {
	if c := Relative(nil, nil); len(c) != 0 {
		t.Errorf("have %v", c)
	}
	for _, c := range Relative([][]float64{{1, 2}}, []float64{0}) {
		if c != 0 {
			t.Errorf("have %v", c)
		}
	}
}
