package convert_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// convolutions returns a small network of convolutions on images of the given side.
func convolutions(t *testing.T, side int) *graph.Model {
	t.Helper()
	m := residual(t, 16)
	m.Graph.Inputs[0].Type.Shape[2], m.Graph.Inputs[0].Type.Shape[3] = graph.Size(side), graph.Size(side)
	return m
}

// Without data, inputs are made up if that is cheap. If not, weights alone decide, nothing is
// repaired, and the report says so. A criterion and a repair that are asked for are used in any
// case.
func TestMadeUpInputsAreBoundedByWork(t *testing.T) {
	half := budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}
	for _, c := range []struct {
		name              string
		side              int
		config            convert.Config
		criterion         string
		repaired, noticed bool
	}{
		{"small", 8, convert.Config{Budget: half, Recovery: convert.AutoRecovery}, "obs", true, false},
		{"large", 160, convert.Config{Budget: half, Recovery: convert.AutoRecovery, NoProof: true}, "obs", true, true},
		{"vast", 4096, convert.Config{Budget: half, Recovery: convert.AutoRecovery, NoProof: true}, "l2", false, true},
		{"asked for", 8, convert.Config{Budget: half, Criterion: "l1", Recovery: "bias"}, "l1", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.NoLossless = true
			r, err := convert.PruneModel(t.Context(), convolutions(t, c.side), c.config, convert.Samples{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Choice.Criterion != c.criterion || (len(r.Repairs) > 0) != c.repaired {
				t.Errorf("criterion %s, %d repairs", r.Choice.Criterion, len(r.Repairs))
			}
			if noticed := strings.Contains(r.Choice.Note, "--calibration"); noticed != c.noticed {
				t.Errorf("note %q", r.Choice.Note)
			}
		})
	}
}
