package convert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Models whose nodes leave out optional inputs and outputs are pruned like any other.
func TestModelsWithAbsentInputsArePruned(t *testing.T) {
	operators, err := fixtures.Operators()
	if err != nil {
		t.Fatal(err)
	}
	pruned := 0
	for _, o := range operators {
		absent := false
		for _, node := range o.Model.Graph.Nodes {
			absent = absent || slices.Contains(node.Reads(), nil)
		}
		if !absent || o.Groups == "none" {
			continue
		}
		c := convert.Config{Budget: budget.Budget{Metric: budget.Units, Keep: 0.7}, Recovery: convert.NoRecovery, Dims: map[string]int{"N": 4}}
		if _, err := convert.PruneModel(t.Context(), o.Model, c, convert.Samples{}, nil); err == nil || convert.IsGate(err) {
			pruned++
		} else if strings.Contains(err.Error(), "internal") {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	if pruned < 3 {
		t.Errorf("%d fixtures with an absent input were pruned", pruned)
	}
}
