package candidate_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/candidate"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/budget"
)

// A trial replaces what it names and leaves the rest of the options alone.
func TestOptionsFor(t *testing.T) {
	o := pipeline.Options{Recovery: "bias", NoProof: true}
	o.Plan.Solver, o.Plan.Budget.Floor = "uniform", 0.1
	plain := candidate.OptionsFor(report.Trial{Criterion: "l2", Metric: budget.MACs, Keep: 0.5}, o)
	if p := plain.Plan; p.Criterion != "l2" || p.Solver != "uniform" || p.Budget.Keep != 0.5 || p.Budget.Floor != 0.1 || plain.Recovery != "bias" || !plain.NoProof {
		t.Errorf("have %+v", plain)
	}
	priced := candidate.OptionsFor(report.Trial{Criterion: "obs", Metric: budget.MACs, Keep: 1, Lambda: 2}, o)
	if p := priced.Plan; p.Solver != "lambda" || p.Budget.Lambda != 2 {
		t.Errorf("have %+v", p)
	}
	sparse := report.Trial{Criterion: "obs", Metric: budget.MACs, Keep: 0.5, Pattern: "4x1", Zeros: 0.8}
	if s := candidate.OptionsFor(sparse, o); s.Sparsity.Pattern != "4x1" || s.Sparsity.Share != 0.8 || s.Plan.Budget.RoundTo != 4 {
		t.Errorf("have %+v, widths rounded to %d", s.Sparsity, s.Plan.Budget.RoundTo)
	}
	o.Plan.Budget.RoundTo = 16
	if s := candidate.OptionsFor(sparse, o); s.Plan.Budget.RoundTo != 16 {
		t.Errorf("a width that was asked for became %d", s.Plan.Budget.RoundTo)
	}
}
