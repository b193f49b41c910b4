package saliency_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// network has one group of three neurons: columns of w and of b, rows of v.
const network = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {3, 0, 1, 4, 2, 0}, float[3] b = {100, 100, 100}, float[3,2] v = {1, 0, 0, 2, 0, 2}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`

func input(t *testing.T) saliency.Input {
	t.Helper()
	m, err := graph.Parse(network)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Groups) != 1 || a.Groups[0].Units != 3 {
		t.Fatalf("groups: %+v", a.Groups)
	}
	return saliency.Input{Model: m, Analysis: a, Normalization: "none"}
}

// Norms by unit are 5, 2, 1 in w and 1, 2, 2 in v; the biases, all 100, say nothing.
func TestMagnitudeAddsUpTheMembers(t *testing.T) {
	for _, c := range []struct {
		criterion, reduction string
		want                 []float64
	}{
		{"l2", "sum", []float64{6, 4, 3}},
		{"l2", "mean", []float64{3, 2, 1.5}},
		{"l2", "max", []float64{5, 2, 2}},
		{"l2", "first", []float64{5, 2, 1}},
		{"l2", "prod", []float64{math.Sqrt(5), 2, math.Sqrt2}},
		{"l1", "sum", []float64{8, 4, 3}},
	} {
		in := input(t)
		in.Reduction = c.reduction
		criterion, err := saliency.Lookup(c.criterion)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := saliency.Scores(t.Context(), criterion, in)
		if err != nil {
			t.Fatal(err)
		}
		have := scores[in.Analysis.Groups[0]]
		if !slices.EqualFunc(have, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
			t.Errorf("%s, %s: want %v, have %v", c.criterion, c.reduction, c.want, have)
		}
	}
}

func TestNormalizationsMakeGroupsComparable(t *testing.T) {
	for name, want := range map[string][]float64{
		"none": {3, 2, 1.5},
		"sum":  {3 / 6.5, 2 / 6.5, 1.5 / 6.5},
		"mean": {9 / 6.5, 6 / 6.5, 4.5 / 6.5},
		"max":  {1, 2. / 3, 0.5},
		"lamp": {1, 4. / 13, 2.25 / 15.25}, // each squared over the sum of those at least as large
	} {
		in := input(t)
		in.Normalization = name
		l2, _ := saliency.Lookup("l2")
		scores, err := saliency.Scores(t.Context(), l2, in)
		if err != nil {
			t.Fatal(err)
		}
		have := scores[in.Analysis.Groups[0]]
		if !slices.EqualFunc(have, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
			t.Errorf("%s: want %v, have %v", name, want, have)
		}
	}
}

func TestRandomIsRepeatable(t *testing.T) {
	random, _ := saliency.Lookup("random")
	draw := func(seed uint64) []float64 {
		in := input(t)
		in.Seed = seed
		scores, err := saliency.Scores(t.Context(), random, in)
		if err != nil {
			t.Fatal(err)
		}
		return scores[in.Analysis.Groups[0]]
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Errorf("seed 1 gives %v and %v, seed 2 %v", draw(1), draw(1), draw(2))
	}
}
