package budget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/passes/budget"
)

// Networks with 150 groups, of 16 to 128 units in a chain and of 8 where each is beside every other, to half their
// multiply-accumulates. Lambda is one that would leave more, so that its solver has to find the hull and then fill up.
func BenchmarkSolvers(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	widths, growth := make([]int, 150), make([]int, 150)
	for i := range widths {
		widths[i], growth[i] = 16+r.IntN(113), 8
	}
	for _, n := range []struct {
		name string
		problem
	}{{"chain", chain(b, r, widths...)}, {"dense", dense(b, r, growth...)}} {
		for _, s := range budget.Solvers() {
			b.Run(n.name+"/"+s, func(b *testing.B) {
				solver, _ := budget.LookupSolver(s)
				for b.Loop() {
					plan, o, err := solver.Solve(n.groups, n.scores, budget.Budget{Metric: budget.MACs, Keep: 0.5, Lambda: 20}, n.cost)
					if err != nil || !o.Met {
						b.Fatal(err, o)
					}
					b.ReportMetric(n.lost(plan), "error")
				}
			})
		}
	}
}
