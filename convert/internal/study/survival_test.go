package study

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/graph"
)

// Random plans keep the asked share of the units on average, and never none.
func TestRandomPlan(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[N,2] x) => (float[N,1] y)
<float[2,5] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, float[5,1] v = {1, 2, 3, 4, 5}> { h = MatMul(x, w)  r = Relu(h)  y = MatMul(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	_, a, err := canonical.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{0.02, 0.5, 1} {
		total := 0
		for range 2000 {
			kept := a.Groups[0].Units
			if units, cut := randomPlan(a, share, random).Kept[a.Groups[0]]; cut {
				kept = len(units)
				if kept == 0 || !slices.IsSorted(units) {
					t.Fatalf("kept %v", units)
				}
			}
			total += kept
		}
		none := math.Pow(1-share, 5) // of five units, where one is kept all the same
		if want, have := 5*share+none, float64(total)/2000; math.Abs(have-want) > 0.1 {
			t.Errorf("share %g: want %.2f units on average, have %.2f", share, want, have)
		}
	}
}

// All answers are 1, chance is 0, and without classes the explained variance counts.
func TestSurvivors(t *testing.T) {
	answer := func(v ...float32) []map[string]*graph.Tensor {
		return []map[string]*graph.Tensor{{"y": graph.TensorOf(v, len(v)/2, 2)}}
	}
	r := &removals{Outputs: &reference.Outputs{Want: answer(1, 0, 1, 0, 0, 1, 0, 1)}, first: "y", outputs: 1, classes: 2}
	for name, c := range map[string]struct {
		have []map[string]*graph.Tensor
		want float64
	}{
		"the same":                 {answer(1, 0, 1, 0, 0, 1, 0, 1), 1},
		"other scores, same class": {answer(9, 8, 3, 2, -1, 1, 4, 5), 1},
		"one class for all":        {answer(1, 0, 1, 0, 1, 0, 1, 0), 0},
		"three of four":            {answer(1, 0, 1, 0, 0, 1, 1, 0), 0.5},
		"all wrong":                {answer(0, 1, 0, 1, 1, 0, 1, 0), 0},
	} {
		if have := r.survivors(c.have); math.Abs(have-c.want) > 1e-12 {
			t.Errorf("%s: want %g, have %g", name, c.want, have)
		}
	}
	if have := largest([]float64{1, 3, 3, 2}); have != 1 {
		t.Errorf("want the first of equals, have %d", have)
	}
}
