package saliency_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Columns of w were -3 1 1, 4 2 0, rows of v 1 1, 0 1, 0 -3 in the initial model: summed by unit, |w - w0| is 6, 1, 0 and 1, 1, 5,
// |w| - |w0| is 0, -1, 0 and -1, 1, -1. Biases say nothing.
func TestTwoCheckpointsSayWhatMoved(t *testing.T) {
	before := map[string]*graph.Tensor{
		"w": graph.TensorOf([]float32{-3, 1, 1, 4, 2, 0}, 2, 3),
		"v": graph.TensorOf([]float32{1, 1, 0, 1, 0, -3}, 3, 2),
		"b": graph.TensorOf([]float32{0, 0, 0}, 3),
	}
	for _, c := range []struct {
		criterion, reduction string
		want                 []float64
	}{
		{"change", "sum", []float64{7, 2, 5}},
		{"change", "max", []float64{6, 1, 5}},
		{"movement", "sum", []float64{-1, 0, -1}},
		{"movement", "max", []float64{0, 1, 0}},
		{"movement", "mean", []float64{-0.5, 0, -0.5}},
	} {
		in := input(t)
		in.Reduction, in.Initial = c.reduction, map[*graph.Value]*graph.Tensor{}
		for name, tensor := range before {
			in.Initial[in.Model.Graph.Value(name)] = tensor
		}
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

func TestTwoCheckpointsMustBeThere(t *testing.T) {
	for _, c := range []struct{ criterion, reduction, normalization, want string }{
		{"change", "", "", "want the initial model"},
		{"movement", "prod", "", "reduction prod: want scores that are not negative"},
		{"movement", "", "mean", "want normalization none or gaussian"},
	} {
		in := input(t)
		in.Reduction, in.Normalization = c.reduction, c.normalization
		if c.criterion == "movement" {
			in.Initial = map[*graph.Value]*graph.Tensor{}
		}
		criterion, _ := saliency.Lookup(c.criterion)
		if _, err := saliency.Scores(t.Context(), criterion, in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, have %v", c.criterion, c.want, err)
		}
	}
}
