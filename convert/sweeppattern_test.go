package convert_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
)

// Every candidate is made without zeros and with each pattern; its zero weights do not count.
func TestSweepOverPatterns(t *testing.T) {
	j := swept(t)
	j.Criteria, j.Budgets, j.Config.Recovery = []string{"l2"}, []float64{0.5, 1}, convert.NoRecovery
	j.Patterns = []convert.Sparsity{{Pattern: "4x1", Share: 0.5}, {Pattern: "2:4"}}
	r, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Candidates) != 6 {
		t.Fatalf("%d candidates", len(r.Candidates))
	}
	for i, c := range r.Candidates {
		if i < 2 {
			if c.Sparsity != nil {
				t.Errorf("%s: %+v", c.Name, c.Sparsity)
			}
			continue
		}
		dense := r.Candidates[i%2]
		if c.Keep != dense.Keep || c.Sparsity == nil || c.Sparsity.Pattern != c.Pattern || c.Of.Params > 0.8*dense.Of.Params || strings.Contains(c.Name, ":") {
			t.Errorf("%s: %+v beside %s: %+v", c.Name, c.Of, dense.Name, dense.Of)
		}
	}
	j.Patterns = append(j.Patterns, convert.Sparsity{Pattern: "1x5x"})
	if _, err := j.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "want one of") {
		t.Errorf("an unknown pattern: %v", err)
	}
}
