package budget

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/target"
)

// A wide group is cut to whole multiples, a narrow one to the half or the quarter of it, and one whose units are
// multiples by themselves to any number.
func TestAlignedScalesDownWithTheGroup(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,3] x) => (float[N,2] y)
<float[3,64] a = {` + ones(192) + `}, float[64,18] b = {` + ones(1152) + `}, float[18,8] c = {` + ones(144) + `}, float[8,5] d = {` + ones(40) + `}, float[5,2] e = {` + ones(10) + `}>
{ p = MatMul(x, a)  q = MatMul(p, b)  r = MatMul(q, c)  s = MatMul(r, d)  y = MatMul(s, e) }`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := simplify.Infer.Run(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	a, err := group.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	cost, err := NewCostModel(m, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	portable, err := target.Lookup(target.Portable)
	if err != nil {
		t.Fatal(err)
	}
	have := map[int]int{}
	for g, step := range cost.Aligned(a, portable) {
		have[g.Units] = step
	}
	if len(have) != 3 || have[64] != 8 || have[18] != 4 || have[8] != 2 {
		t.Errorf("want 64 in steps of 8, 18 of 4, 8 of 2 and 5 free, have %v", have)
	}

	// Whatever the budget, what a solver leaves keeps to the steps, and the budget.
	scores := Scores{}
	for _, g := range a.Groups {
		for u := range g.Units {
			scores[g] = append(scores[g], float64(u%7)+0.1*float64(g.Units))
		}
	}
	for _, keep := range []float64{0.9, 0.7, 0.5, 0.3} {
		for _, name := range []string{"error", "uniform", "global"} {
			s, err := LookupSolver(name)
			if err != nil {
				t.Fatal(err)
			}
			plan, outcome, err := s.Solve(a.Groups, scores, Budget{Metric: MACs, Keep: keep, Steps: cost.Aligned(a, portable)}, cost)
			if err != nil {
				t.Fatal(err)
			}
			if !outcome.Met || outcome.Reached > keep {
				t.Errorf("%s, %g: reached %g", name, keep, outcome.Reached)
			}
			for g, kept := range plan.Kept {
				if step := have[g.Units]; step > 1 && len(kept)%step != 0 {
					t.Errorf("%s, %g: %d of %d units, want a multiple of %d", name, keep, len(kept), g.Units, step)
				}
			}
		}
	}
}

// ones returns the text of n weights.
func ones(n int) string { return strings.Repeat("1, ", n-1) + "1" }
