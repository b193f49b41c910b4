package report

import (
	"math"
	"reflect"
	"testing"
)

// Every unit is counted once, in the bin of its score. Scores that span a wide range are binned by
// their logarithms, and zeros are counted apart.
func TestScoresAreCounted(t *testing.T) {
	at := func(counts map[int]int) []int {
		bins := make([]int, saliencyBins)
		for i, n := range counts {
			bins[i] = n
		}
		return bins
	}
	for _, c := range []struct {
		name   string
		scores []float64
		kept   []int
		want   *Saliency
	}{
		{"none", nil, nil, nil},
		{"no number", []float64{1, math.NaN()}, nil, nil},
		{"endless", []float64{1, math.Inf(1)}, nil, nil},
		{"near", []float64{0, 6, 12}, []int{1, 2}, &Saliency{Least: 0, Most: 12, Kept: at(map[int]int{6: 1, 11: 1}), Removed: at(map[int]int{0: 1})}},
		{"alike", []float64{3, 3}, nil, &Saliency{Least: 3, Most: 3, Kept: at(map[int]int{0: 2}), Removed: at(nil)}},
		{"below 0", []float64{-1, 1e6}, []int{1}, &Saliency{Least: -1, Most: 1e6, Kept: at(map[int]int{11: 1}), Removed: at(map[int]int{0: 1})}},
		{"far", []float64{0, 1, 1e3, 1e6, 0}, []int{2, 3, 4}, &Saliency{Least: 1, Most: 1e6, Log: true,
			Kept: at(map[int]int{6: 1, 11: 1}), Removed: at(map[int]int{0: 1}), ZeroKept: 1, ZeroRemoved: 1}},
		{"0 alone", []float64{0, 0}, nil, &Saliency{Kept: at(map[int]int{0: 2}), Removed: at(nil)}},
		{"far beyond what floats span", []float64{-math.MaxFloat64, math.MaxFloat64}, nil, &Saliency{Least: -math.MaxFloat64, Most: math.MaxFloat64,
			Kept: at(map[int]int{0: 1, 11: 1}), Removed: at(nil)}},
	} {
		if got := NewSaliency(c.scores, c.kept); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: want %+v, have %+v", c.name, c.want, got)
		}
	}
}
