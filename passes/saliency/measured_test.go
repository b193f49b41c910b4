package saliency_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/passes/saliency"
)

func lowest(scores []float64, n int) float64 {
	sum := 0.0
	for _, x := range slices.Sorted(slices.Values(scores))[:n] {
		sum += x
	}
	return sum
}

// Scores 1, 2, 3, 4 whose first two, worth 3, were measured to cost 6: the first two double, and so do all behind.
func TestScoresPassThroughWhatWasMeasured(t *testing.T) {
	scores := []float64{4, 1, 3, 2}
	have := saliency.Through(scores, []saliency.Measured{{Removed: 2, Error: 6}})
	for n, want := range []float64{0, 2, 6, 12, 20} {
		if e := lowest(have, n); math.Abs(e-want) > 1e-9 {
			t.Errorf("%d units gone: error %g, want %g", n, e, want)
		}
	}
	if have := saliency.Through(scores, nil); !slices.EqualFunc(have, scores, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
		t.Errorf("nothing was measured: have %v", have)
	}
}

// Whatever was measured, the order of the units stays, scores stay finite and at least 0, and the curve of errors is the lower
// convex hull of what passes through the points: at the last of rising and convex points it is what was measured.
func TestMeasuredCurvesKeepTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "units")
		scores := make([]float64, n)
		for i := range scores {
			scores[i] = rapid.Float64Range(0, 5).Draw(t, "score") + 1e-3*float64(i+1)
		}
		var points []saliency.Measured
		for range rapid.IntRange(0, 3).Draw(t, "points") {
			points = append(points, saliency.Measured{Removed: rapid.IntRange(1, n).Draw(t, "removed"), Error: rapid.Float64Range(0, 100).Draw(t, "error")})
		}
		have := saliency.Through(scores, points)
		order := func(s []float64) []int {
			o := make([]int, n)
			for i := range o {
				o[i] = i
			}
			slices.SortStableFunc(o, func(a, b int) int {
				switch {
				case s[a] < s[b]:
					return -1
				case s[a] > s[b]:
					return 1
				}
				return 0
			})
			return o
		}
		sum := lowest(have, n)
		if math.IsNaN(sum) || math.IsInf(sum, 0) || slices.Min(have) < 0 {
			t.Fatalf("scores %v", have)
		}
		if sum > 0 && !slices.Equal(order(have), order(scores)) {
			t.Fatalf("scores %v through %v: have %v, in another order", scores, points, have)
		}
		if len(points) == 1 && math.Abs(lowest(have, points[0].Removed)-points[0].Error) > 1e-6*(1+points[0].Error) {
			t.Fatalf("scores %v through %v: have %v", scores, points, have)
		}
	})
}
