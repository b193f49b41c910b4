package budget_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/passes/budget"
)

// Whatever the problem, a budget that uniform or global hold is held by error, with no more error than theirs.
func TestErrorIsNeverWorseThanUniformOrGlobal(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		network := rapid.SampledFrom([]func(testing.TB, *rand.Rand, ...int) problem{chain, dense, branches}).Draw(r, "network")
		p := drawn(t, r, network)
		b := budget.Budget{Metric: drawnMetric(r), Keep: rapid.Float64Range(0.1, 1).Draw(r, "keep"), RoundTo: rapid.IntRange(0, 3).Draw(r, "round to")}
		_, o, lost, size := p.solve(r, "error", b)
		for _, plain := range []string{"uniform", "global"} {
			_, other, most, _ := p.solve(r, plain, b)
			if other.Met && (!o.Met || lost > most*(1+1e-12)) {
				r.Fatalf("error loses %v at %v (%+v), %s %v (%+v)", lost, size, o, plain, most, other)
			}
		}
	})
}

// No solver empties a group, cuts one that is excluded, or leaves one below its floor or, unless it is whole, off the
// multiples asked for.
func TestSolversRespectFloorRoundingAndExclusion(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := drawn(t, r, chain)
		b := budget.Budget{
			Metric: drawnMetric(r), Keep: rapid.Float64Range(0.01, 1).Draw(r, "keep"), RoundTo: rapid.IntRange(0, 4).Draw(r, "round to"),
			Floor: rapid.Float64Range(0, 1).Draw(r, "floor"), Exclude: []string{p.groups[rapid.IntRange(0, len(p.groups)-1).Draw(r, "excluded")].Name},
		}
		for _, solver := range budget.Solvers() {
			b.Lambda = 0
			if s, _ := budget.LookupSolver(solver); s.Weighs {
				b.Lambda = drawnLambda(r)
			}
			plan, o, _, size := p.solve(r, solver, b)
			if o.Met && size > b.Keep+1e-12 {
				r.Fatalf("%s: %v of %v", solver, size, b.Keep)
			}
			for g, kept := range plan.Kept {
				have := fmt.Sprintf("%s: %s keeps %v of %d under %+v", solver, g.Name, kept, g.Units, b)
				if len(kept) == 0 || b.Excluded(g) || float64(len(kept)) < b.Floor*float64(g.Units)-1e-9 || b.RoundTo > 1 && len(kept)%b.RoundTo != 0 {
					r.Fatal(have)
				}
			}
		}
	})
}

// What a solver cannot use is an error, never a panic or a search without end.
func TestSolversSayWhatTheyCannotUse(t *testing.T) {
	p := chain(t, rand.New(rand.NewPCG(1, 1)), 3, 4)
	whole := budget.Budget{Metric: budget.MACs, Keep: 1}
	for _, c := range []struct {
		solver, want string
		lambda       float64
		metric       budget.Metric
	}{
		{"lambda", "solver lambda: want lambda, a number over 0", 0, budget.MACs},
		{"lambda", "lambda: want a number over 0, have -1", -1, budget.MACs},
		{"lambda", "lambda: want a budget of macs, params, bytes or latency, have units", 1, budget.Units},
		{"uniform", "solver uniform: it does not weigh errors against size, want the solver lambda for lambda 2", 2, budget.MACs},
	} {
		s, _ := budget.LookupSolver(c.solver)
		b := whole
		b.Lambda, b.Metric = c.lambda, c.metric
		if err := s.Check(b); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, have %v", c.solver, c.want, err)
		}
	}
	zero := 0.0
	p.scores[p.groups[1]][2] = zero / zero
	for _, solver := range []string{"error", "lambda"} {
		s, _ := budget.LookupSolver(solver)
		b := whole
		b.Lambda = 1
		if _, _, err := s.Solve(p.groups, p.scores, b, p.cost); err == nil {
			t.Errorf("%s adds up a score of NaN", solver)
		}
	}
}
