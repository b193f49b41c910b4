package budget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// prepared is a network simplified, with its groups, its cost model and scores drawn at random.
func prepared(t *testing.T, name string) (*graph.Model, *group.Analysis, *budget.CostModel, budget.Scores) {
	t.Helper()
	m, err := onnx.Decode(name, fixtures.Model(name))
	if err != nil {
		t.Fatal(err)
	}
	s, a, err := convert.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := budget.NewCostModel(s, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	scores := budget.Scores{}
	for _, g := range a.Groups {
		scores[g] = make([]float64, g.Units)
		for u := range scores[g] {
			scores[g][u] = r.Float64()
		}
	}
	return s, a, c, scores
}

// little is a lambda for a solver that wants one, so small that Keep decides.
func little(s budget.Solver) float64 {
	if s.Weighs {
		return 1e-6
	}
	return 0
}

// What the cost model predicts for a plan is what counting the cut model finds.
func TestPredictedCostIsThatOfTheCutModel(t *testing.T) {
	for _, name := range []string{"vit_op17", "densenet", "mobilenetv2", "vgg"} {
		m, a, c, scores := prepared(t, name)
		for _, solver := range budget.Solvers() {
			s, err := budget.LookupSolver(solver)
			if err != nil {
				t.Fatal(err)
			}
			plan, outcome, err := s.Solve(a.Groups, scores, budget.Budget{Metric: budget.MACs, Keep: 0.6, Lambda: little(s)}, c)
			if err != nil {
				t.Fatal(err)
			}
			units := map[*group.Group]int{}
			for g, kept := range plan.Kept {
				units[g] = len(kept)
			}
			predicted := c.Measure(units)
			cut, err := surgery.Cut(m, a, plan)
			if err != nil {
				t.Fatal(err)
			}
			if params, macs, _ := convert.Count(cut, nil); macs != predicted.MACs || params != predicted.Params {
				t.Errorf("%s, %s: predicted %d MACs and %d params, the cut model has %d and %d", name, solver, predicted.MACs, predicted.Params, macs, params)
			}
			if !outcome.Met || outcome.Reached > 0.6 || outcome.Reached < 0.588 {
				t.Errorf("%s, %s: reached %.4f", name, solver, outcome.Reached)
			}
		}
	}
}

// Every solver keeps the units that score most, and no group falls below its floor.
func TestSolversKeepTheBestUnits(t *testing.T) {
	_, a, c, scores := prepared(t, "resnet20")
	for _, solver := range budget.Solvers() {
		s, _ := budget.LookupSolver(solver)
		b := budget.Budget{Metric: budget.Params, Keep: 0.4, Lambda: little(s), Floor: 0.25, RoundTo: 4, Exclude: []string{a.Groups[2].Name}}
		plan, outcome, err := s.Solve(a.Groups, scores, b, c)
		if err != nil || !outcome.Met {
			t.Fatalf("%s: %v %+v", solver, err, outcome)
		}
		if plan.Kept[a.Groups[2]] != nil {
			t.Errorf("%s: an excluded group was cut", solver)
		}
		for g, kept := range plan.Kept {
			if 4*len(kept) < g.Units || len(kept)%4 != 0 {
				t.Errorf("%s: %s keeps %d of %d", solver, g.Name, len(kept), g.Units)
			}
			stays := map[int]bool{}
			worst := 2.0
			for _, u := range kept {
				stays[u] = true
				worst = min(worst, scores[g][u])
			}
			for u, x := range scores[g] {
				if !stays[u] && x > worst {
					t.Errorf("%s: %s lost unit %d of score %g and kept one of %g", solver, g.Name, u, x, worst)
				}
			}
		}
	}
}

func TestUnreachableBudgetSaysWhy(t *testing.T) {
	_, a, c, scores := prepared(t, "mobilenetv2")
	for _, solver := range budget.Solvers() {
		s, _ := budget.LookupSolver(solver)
		_, outcome, err := s.Solve(a.Groups, scores, budget.Budget{Metric: budget.MACs, Keep: 0.1, Lambda: little(s), Floor: 0.8}, c)
		if err != nil || outcome.Met || outcome.Why == "" || outcome.Reached <= 0.1 {
			t.Errorf("%s: %v %+v", solver, err, outcome)
		}
	}
}
