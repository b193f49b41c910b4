package recovery

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// What stays makes up for what goes: by every criterion the outputs are nearer to the original's than with the same share of the
// smallest weights at zero and nothing else done.
func TestWhatStaysMakesUpForWhatGoes(t *testing.T) {
	p, err := sparsity.Parse("2x1")
	if err != nil {
		t.Fatal(err)
	}
	blind, _ := sparsity.Lookup("magnitude")
	for name, text := range networks {
		in := halved(t, weighted(t, text))
		in.Feeds = feedsOf(in.Original, 3, 16, 3)
		in.Cut, _ = in.Original.Clone()
		in.Plan = &group.Plan{Kept: map[*group.Group][]int{}}
		plain, _ := in.Cut.Clone()
		density := map[string]float64{}
		for _, n := range plain.Graph.Nodes {
			if l, _ := sparsity.Of(n, p); l != nil {
				density[n.Title()] = 0.6
				if err := sparsity.Thin(l, p, blind, 0.6, 1); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(density) == 0 {
			continue
		}
		for _, criterion := range sparsity.Criteria() {
			c, _ := sparsity.Lookup(criterion)
			thin := in
			thin.Cut, _ = in.Cut.Clone()
			repairs, err := Sparsify(t.Context(), thin, Sparse{Pattern: p, Criterion: c, Density: density})
			if err != nil {
				t.Fatalf("%s, %s: %v", name, criterion, err)
			}
			var seen []string
			for _, r := range repairs {
				seen = append(seen, r.Node)
			}
			for _, n := range thin.Cut.Graph.Nodes {
				l, _ := sparsity.Of(n, p)
				if l == nil || !slices.Contains(seen, n.Title()) {
					continue
				}
				if all, left := sparsity.Count(l); float64(left) > 0.6*float64(all)+1 {
					t.Errorf("%s, %s: %s: %d of %d weights are not zero", name, criterion, n.Title(), left, all)
				}
			}
			before, after := distance(t, in.Original, plain, in.Feeds.(passes.Held)), distance(t, in.Original, thin.Cut, in.Feeds.(passes.Held))
			if after > before {
				t.Errorf("%s, %s: %g by weights alone, %g", name, criterion, before, after)
			}
		}
	}
}
