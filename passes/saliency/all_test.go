package saliency

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
)

// Every criterion on every network: a number for each unit, finite, not negative, and the same for
// any number of threads.
func TestEveryCriterionScoresEveryNetwork(t *testing.T) {
	for _, name := range fixtures.Names() {
		in := fixture(t, name)
		in.Normalization = "none"
		feeds := images(in, 4)
		for _, c := range All() {
			in := collect(t, in, c.Name, feeds)
			first, err := Scores(t.Context(), c, in)
			if c.Name == "batchnorm" && err != nil && strings.Contains(err.Error(), "its exporter folded it") {
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
