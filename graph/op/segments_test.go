package op

import (
	"math/rand"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// TestSegmentsAreTheShortestRuns holds segments against the definition: every run has
// equal products on both sides, no shorter start of it has, and together they are all
// axes over 1, in order.
func TestSegmentsAreTheShortestRuns(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 2000 {
		in, out := randomFactors(r), randomFactors(r)
		if volume(in) != volume(out) {
			continue
		}
		a, b := graph.ShapeOf(in...), graph.ShapeOf(out...)
		found, rest := segments(a, b)
		if len(rest.in)+len(rest.out) > 0 {
			t.Fatalf("%v to %v: %v is left though the products are equal", in, out, rest)
		}
		var allIn, allOut []int
		for _, s := range found {
			if product(in, s.in) != product(out, s.out) {
				t.Fatalf("%v to %v: run %v has other products", in, out, s)
			}
			for i := 1; i < len(s.in); i++ {
				for j := 1; j < len(s.out); j++ {
					if product(in, s.in[:i]) == product(out, s.out[:j]) {
						t.Fatalf("%v to %v: run %v ends earlier", in, out, s)
					}
				}
			}
			allIn, allOut = append(allIn, s.in...), append(allOut, s.out...)
		}
		if !graph.ShapeOf(allIn...).Equal(graph.ShapeOf(over1(a)...)) || !graph.ShapeOf(allOut...).Equal(graph.ShapeOf(over1(b)...)) {
			t.Fatalf("%v to %v: axes %v and %v", in, out, allIn, allOut)
		}
	}
}

func product(dims, axes []int) int {
	n := 1
	for _, d := range axes {
		n *= dims[d]
	}
	return n
}

func randomFactors(r *rand.Rand) []int {
	dims := make([]int, r.Intn(5))
	for i := range dims {
		dims[i] = []int{1, 2, 3, 4, 6}[r.Intn(5)]
	}
	return dims
}
