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
		in.Normalization = "none"
		var all statistics.Request
		for _, c := range All() {
			if c.NeedsData {
				r := c.Wants(in.Analysis, in.Model)
				all.Axes, all.Grams = append(all.Axes, r.Axes...), append(all.Grams, r.Grams...)
			}
		}
		in = collected(t, in, all, images(in, 4))
		for _, c := range All() {
			in := in
			first, err := Scores(t.Context(), c, in)
			if c.Name == "batchnorm" && err != nil && !slices.ContainsFunc(in.Original.Graph.Nodes, isBatchNorm) && strings.Contains(err.Error(), "its exporter folded it") {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			in.Threads = 3
			again, err := Scores(t.Context(), c, in)
			if err != nil {
				t.Fatal(err)
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
}
