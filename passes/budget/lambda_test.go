package budget_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// sized is what a plan takes, as a fraction of the uncut model.
func (p problem) sized(m budget.Metric, plan *group.Plan) float64 {
	units := map[*group.Group]int{}
	for g, kept := range plan.Kept {
		units[g] = len(kept)
	}
	return float64(m.Of(p.cost.Measure(units))) / float64(m.Of(p.cost.Base()))
}

// solve is what a solver chooses: the plan, its error and its size.
func (p problem) solve(t interface {
	Helper()
	Fatal(...any)
}, solver string, b budget.Budget) (plan *group.Plan, o *budget.Outcome, lost, size float64) {
	t.Helper()
	s, err := budget.LookupSolver(solver)
	if err != nil {
		t.Fatal(err)
	}
	plan, o, err = s.Solve(p.groups, p.scores, b, p.cost)
	if err != nil {
		t.Fatal(err)
	}
	return plan, o, p.lost(plan), p.sized(b.Metric, plan)
}

// choice is a number of units for each group, with the least error they can have, and their size.
type choice struct{ lost, size float64 }

// choices lists every number of units of every group: what the solvers are spared.
func (p problem) choices(m budget.Metric) []choice {
	var all []choice
	units := map[*group.Group]int{}
	var choose func(i int, lost float64)
	choose = func(i int, lost float64) {
		if i == len(p.groups) {
			all = append(all, choice{lost, float64(m.Of(p.cost.Measure(units))) / float64(m.Of(p.cost.Base()))})
			return
		}
		g := p.groups[i]
		for n := g.Units; n > 0; n-- {
			units[g] = n
			choose(i+1, lost+p.cheapest(g, g.Units-n))
		}
	}
	choose(0, 0)
	return all
}

// drawn is a small problem of three groups.
func drawn(t *testing.T, r *rapid.T, network func(testing.TB, *rand.Rand, ...int) problem) problem {
	var widths []int
	for range 3 {
		widths = append(widths, rapid.IntRange(2, 7).Draw(r, "units"))
	}
	return network(t, rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1)), widths...)
}

func drawnMetric(r *rapid.T) budget.Metric {
	return rapid.SampledFrom([]budget.Metric{budget.MACs, budget.Params, budget.Bytes}).Draw(r, "metric")
}

// drawnLambda is a price, from one at which nothing goes to one at which all that may go does.
func drawnLambda(r *rapid.T) float64 {
	return math.Pow(10, rapid.Float64Range(-3, 3).Draw(r, "log lambda"))
}

// Where what a unit saves does not depend on other groups, the sum is the least there is: the point is on the lower
// convex hull of all choices, and none that is as small has less error.
func TestLambdaFindsTheLeastSum(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, m, lambda := drawn(t, r, branches), drawnMetric(r), drawnLambda(r)
		_, o, lost, size := p.solve(r, "lambda", budget.Budget{Metric: m, Keep: 1, Lambda: lambda})
		if !o.Met || math.Abs(o.Reached-size) > 1e-12 {
			r.Fatalf("%+v, have %v", o, size)
		}
		for _, c := range p.choices(m) {
			if better := lost + lambda*size - c.lost - lambda*c.size; better > 1e-8*(lost+lambda*size) {
				r.Fatalf("error %v, size %v: at %v, %+v is better by %v", lost, size, lambda, c, better)
			}
			if c.size <= size && c.lost < lost-1e-8*lost {
				r.Fatalf("error %v, size %v: %+v is no larger and has less", lost, size, c)
			}
		}
	})
}

// Where groups share weights the problem is hard, and the sum is the least nearly always.
func TestLambdaIsNearTheLeastSumInAChain(t *testing.T) {
	missed, worst := 0, 0.0
	const problems = 1000
	for seed := range uint64(problems) {
		r := rand.New(rand.NewPCG(seed, 2))
		p := chain(t, r, 2+r.IntN(6), 2+r.IntN(6), 2+r.IntN(6))
		lambda := math.Pow(10, 2*r.Float64()-1)
		_, _, lost, size := p.solve(t, "lambda", budget.Budget{Metric: budget.MACs, Keep: 1, Lambda: lambda})
		least := math.Inf(1)
		for _, c := range p.choices(budget.MACs) {
			least = min(least, c.lost+lambda*c.size)
		}
		if over := (lost+lambda*size)/least - 1; over > 1e-8 {
			missed++
			worst = max(worst, over)
		}
	}
	t.Logf("%d of %d have not the least sum, by %.4f of it at most", missed, problems, worst)
	if missed > problems/100 || worst > 0.05 {
		t.Fail()
	}
}

// A greater lambda never leaves a larger model, with a ceiling and without; and a ceiling that the error solver can hold holds.
func TestLambdaOrdersSizes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, m := drawn(t, r, chain), drawnMetric(r)
		keep := rapid.Float64Range(0.2, 1).Draw(r, "keep")
		low, high := drawnLambda(r), drawnLambda(r)
		if low > high {
			low, high = high, low
		}
		for _, ceiling := range []float64{1, keep} {
			b := budget.Budget{Metric: m, Keep: ceiling, Lambda: low, RoundTo: rapid.IntRange(0, 3).Draw(r, "round to"), Floor: rapid.Float64Range(0, 0.5).Draw(r, "floor")}
			_, first, _, more := p.solve(r, "lambda", b)
			b.Lambda = high
			_, second, _, less := p.solve(r, "lambda", b)
			if less > more+1e-12 {
				r.Fatalf("ceiling %v: lambda %v leaves %v, lambda %v leaves %v", ceiling, low, more, high, less)
			}
			if first.Met != (more <= ceiling) || second.Met != (less <= ceiling) {
				r.Fatalf("ceiling %v: %+v for %v, %+v for %v", ceiling, first, more, second, less)
			}
			if _, o, _, _ := p.solve(r, "error", budget.Budget{Metric: m, Keep: ceiling, RoundTo: b.RoundTo, Floor: b.Floor}); o.Met != first.Met {
				r.Fatalf("ceiling %v: the error solver says %+v, lambda %+v", ceiling, o, first)
			}
		}
	})
}
