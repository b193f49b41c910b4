package saliency

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func isBatchNorm(n *graph.Node) bool { return n.Op == "BatchNormalization" }

// Every criterion on every network: a number for each unit, finite, not negative, and the same for
// any number of threads.
func TestEveryCriterionScoresEveryNetwork(t *testing.T) {
	for _, name := range fixtures.Names() {
		in := fixture(t, name)
		if len(in.Analysis.Groups) == 0 {
			t.Errorf("%s: no groups", name)
		}
		scoreAll(t, name, in, images(in, 4), !strings.Contains(name, "_")) // the others are the same networks trained or exported otherwise
	}
}

// The same on what is small and unusual: grouped, depthwise and transposed convolutions, products of every form.
func TestEveryCriterionScoresEveryOperator(t *testing.T) {
	all, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	readers := map[string]int{}
	for _, o := range all {
		if o.Groups == "" || o.Groups == "none" {
			continue
		}
		in := simplified(t, o.Model)
		if len(in.Model.Graph.Inputs) == 0 || len(in.Analysis.Groups) == 0 { // folded away
			continue
		}
		scoreAll(t, o.Name, in, fixtures.Feeds(in.Model, 3), true)
		for _, g := range in.Analysis.Groups {
			for _, r := range reads(in.Analysis, in.Model, g) {
				readers[r.Node.Op]++
				if r.Groups > 1 {
					readers["grouped"]++
				}
			}
		}
	}
	for _, kind := range []string{"Conv", "ConvTranspose", "Gemm", "MatMul", "grouped"} {
		if readers[kind] == 0 {
			t.Errorf("no group is read by %s: %v", kind, readers)
		}
	}
}

// scoreAll scores with every criterion, if asked to a second time on several threads.
func scoreAll(t *testing.T, name string, in Input, feeds map[string]*graph.Tensor, twice bool) {
	t.Helper()
	in.Normalization = "none"
	var all statistics.Request
	for _, c := range All() {
		if c.NeedsData {
			r := c.Wants(in.Analysis, in.Model)
			all.Axes, all.Grams = append(all.Axes, r.Axes...), append(all.Grams, r.Grams...)
		}
	}
	in = collected(t, in, all, feeds)
	in.Initial = map[*graph.Value]*graph.Tensor{}
	for _, v := range in.Model.Graph.Initializers {
		in.Initial[v] = v.Const
	}
	for _, c := range All() {
		first, err := Scores(t.Context(), c, in)
		if c.NeedsInitial && err != nil && strings.Contains(err.Error(), "weights are quantized") {
			continue
		}
		if c.Name == "batchnorm" && err != nil && !slices.ContainsFunc(in.Original.Graph.Nodes, isBatchNorm) && strings.Contains(err.Error(), "its exporter folded it") {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again := first
		if twice {
			threaded := in
			threaded.Threads = 3
			if again, err = Scores(t.Context(), c, threaded); err != nil {
				t.Fatal(err)
			}
		}
		for _, g := range in.Analysis.Groups {
			s := first[g]
			if len(s) != g.Units || !slices.Equal(s, again[g]) {
				t.Errorf("%s, %s, group %s: %d scores of %d units, the same again: %v", name, c.Name, g.Name, len(s), g.Units, slices.Equal(s, again[g]))
			}
			for u, x := range s {
				if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
					t.Errorf("%s, %s, group %s, unit %d: %v", name, c.Name, g.Name, u, x)
					break
				}
			}
		}
	}
}
