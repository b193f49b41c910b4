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

func TestPowersOfColumnsAreSums(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for _, s := range [][2]int{{1, 1}, {3, 8}, {257, 9}, {600, 19}, {0, 3}} {
		x := normal32(r, s[0], s[1], s[1]+2, 0, 1)
		sums, squares, positive := make([]float64, s[1]), make([]float64, s[1]), make([]float64, s[1])
		AddColumnPowers(sums, squares, positive, x)
		for c := range s[1] {
			want := [3]float64{}
			for k := range s[0] {
				v := x.at(k, c)
				want[0], want[1] = want[0]+v, want[1]+v*v
				if v > 0 {
					want[2]++
				}
			}
			if math.Abs(sums[c]-want[0]) > 1e-10 || math.Abs(squares[c]-want[1]) > 1e-10*(1+want[1]) || positive[c] != want[2] {
				t.Errorf("%v, column %d: have %g, %g, %g, want %v", s, c, sums[c], squares[c], positive[c], want)
			}
		}
	}
}
