package linalg

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPowersAreSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for _, n := range []int{0, 1, 3, 7, 8, 9, 15, 16, 49, 1000} {
		v := append(normals32(r, n), 5)[:n] // what is behind must not count
		want := [3]float64{}
		for i, f := range v {
			if i%3 == 0 {
				f, v[i] = 0, 0
			}
			x := float64(f)
			want[0], want[1] = want[0]+x, want[1]+x*x
			if x > 0 {
				want[2]++
			}
		}
		sum, square, positive := Powers(v)
		if math.Abs(sum-want[0]) > 1e-12*float64(n+1) || math.Abs(square-want[1]) > 1e-12*(1+want[1]) || float64(positive) != want[2] {
			t.Errorf("%d: have %g, %g, %d, want %v", n, sum, square, positive, want)
		}
	}
	if sum, _, positive := Powers([]float32{1, float32(math.NaN()), 2}); !math.IsNaN(sum) || positive != 2 {
		t.Errorf("have %g, %d", sum, positive)
	}
}
