package budget_test

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// stair is how many positions each step of the staircases below has.
const stair = 4

// staircase makes the cost's latency that of products which are made stair rows and columns at a time.
func (p problem) staircase() {
	up := func(n int) int { return (n + stair - 1) / stair * stair }
	var works []budget.Work
	for _, v := range p.model.Graph.Initializers {
		works = append(works, budget.Work{Values: []*graph.Value{v}, Time: func(extents [][]int) float64 {
			return 100 + float64(up(extents[0][0])*up(extents[0][1]))
		}})
	}
	p.cost.Time(works)
}

// Latency is the sum of what the works take for the extents that a plan leaves, however many questions came before.
func TestLatencyIsTheSumOfTheWorks(t *testing.T) {
	p := chain(t, rand.New(rand.NewPCG(1, 1)), 10, 7)
	before := p.cost.Base()
	p.staircase()
	if have, want := p.cost.Base().Latency, int64(300+12*4+8*12+8*8); have != want {
		t.Errorf("uncut: want %d, have %d", want, have)
	}
	have := p.cost.Measure(map[*group.Group]int{p.groups[0]: 8, p.groups[1]: 5})
	if want := int64(300 + 8*4 + 8*8 + 8*8); have.Latency != want {
		t.Errorf("cut: want %d, have %d", want, have.Latency)
	}
	if back := p.cost.Measure(nil); back != p.cost.Base() || back.MACs != before.MACs {
		t.Errorf("want %+v again, have %+v", p.cost.Base(), back)
	}
	p.cost.Time(nil)
	if have := p.cost.Base(); have != before {
		t.Errorf("without works want %+v, have %+v", before, have)
	}
}

// A staircase is gone down by whole steps: budgets are met, though most units alone save nothing, and no group that is cut
// lacks units that would take nothing.
func TestErrorGoesDownAStaircase(t *testing.T) {
	for seed := range uint64(20) {
		p := chain(t, rand.New(rand.NewPCG(seed, 3)), 24, 9, 40, 16)
		p.staircase()
		for _, keep := range []float64{0.3, 0.5, 0.8} {
			b := budget.Budget{Metric: budget.Latency, Keep: keep}
			plan, o, lost, size := p.solve(t, "error", b)
			if !o.Met || size > keep || size < keep-0.1 {
				t.Errorf("seed %d, %g: %+v, size %g", seed, keep, o, size)
			}
			for g, kept := range plan.Kept {
				if len(kept) == g.Units {
					continue
				}
				more := map[*group.Group]int{g: len(kept) + 1}
				for h, k := range plan.Kept {
					if h != g {
						more[h] = len(k)
					}
				}
				if float64(p.cost.Measure(more).Latency) <= size*float64(p.cost.Base().Latency) {
					t.Errorf("seed %d, %g: %s keeps %d of %d and could keep another for nothing", seed, keep, g.Name, len(kept), g.Units)
				}
			}
			for _, plain := range []string{"uniform", "global"} {
				if _, other, most, _ := p.solve(t, plain, b); other.Met && lost > most*(1+1e-12) {
					t.Errorf("seed %d, %g: loses %g, %s %g", seed, keep, lost, plain, most)
				}
			}
		}
		_, o, _, size := p.solve(t, "lambda", budget.Budget{Metric: budget.Latency, Keep: 0.5, Lambda: 0.1})
		if !o.Met || size > 0.5 {
			t.Errorf("seed %d, lambda: %+v, size %g", seed, o, size)
		}
	}
}

// Steps are as many units as make whole strips on every axis, in groups wide enough to have a choice of them, and solvers keep
// to them.
func TestSteps(t *testing.T) {
	p := chain(t, rand.New(rand.NewPCG(1, 1)), 48, 24, 32)
	steps := p.cost.Steps(16)
	for _, g := range p.groups {
		want := map[int]int{48: 16, 32: 16}[g.Units]
		if steps[g] != want {
			t.Errorf("%d units: want %d, have %d", g.Units, want, steps[g])
		}
	}
	for _, solver := range []string{"error", "uniform", "global"} {
		plan, o, _, _ := p.solve(t, solver, budget.Budget{Metric: budget.MACs, Keep: 0.6, Steps: steps})
		if !o.Met {
			t.Errorf("%s: %+v", solver, o)
		}
		for g, kept := range plan.Kept {
			if s := max(1, steps[g]); len(kept)%s != 0 {
				t.Errorf("%s: %d of %d units, want a multiple of %d", solver, len(kept), g.Units, s)
			}
		}
	}
	// A channel that owns eight positions of the axis that follows makes a strip of two of them; one of its own axis needs sixteen.
	flat := written(t, rand.New(rand.NewPCG(1, 1)), `<ir_version: 8, opset_import: ["" : 13]>
g (float[1,8] x, float[8,256] v, int64[4] shape, float[8,5] w) => (float[1,32,5] y)
{ h = MatMul(x, v)  s = Constant <value_ints = [1, 32, 8]> ()  r = Reshape(h, s)  y = MatMul(r, w) }`, 1)
	for g, s := range flat.cost.Steps(16) {
		if g.Units == 32 && s != 2 {
			t.Errorf("%s: %d", g.Name, s)
		}
	}
}
