package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/group"
)

// slowDescent looks at every group for the cheapest removal each time: what the queue of descend is spared.
func slowDescent(a *allocation, enough func() bool) []removal {
	var path []removal
	for !enough() {
		best := removal{group: -1}
		for i, g := range a.groups {
			n := a.kept[g]
			for to := a.below(g, n); ; to = a.below(g, to) {
				if saved := a.takes(i, n) - a.takes(i, to); saved > 0 && to < n {
					if r := (removal{i, to, (a.errors[i][to] - a.errors[i][n]) / saved}); best.group < 0 || r.price < best.price {
						best = r
					}
					break
				}
				if a.below(g, to) == to {
					break
				}
			}
		}
		if best.group < 0 {
			break
		}
		a.keep(a.groups[best.group], best.to)
		a.measure()
		path = append(path, best)
	}
	return path
}

// The queue of removals gives them in the order that looking at every group each time would, the lower group first where two are
// as cheap.
func TestTheDescentTakesTheCheapestRemovalEachTime(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		for name, n := range map[string]network{"row": rowOf(t, r, 6, 9, 4, 7), "star": starOf(t, r, 3, 8, 5, 5)} {
			if seed%3 == 0 { // ties
				for _, g := range n.groups {
					for u := range n.scores[g] {
						n.scores[g][u] = 1 + float64(u/3)
					}
				}
			}
			b := Budget{Metric: MACs, Keep: 0.4, RoundTo: int(seed) % 4, Floor: float64(seed%5) / 10}
			fast, slow := n.allocation(t, b), n.allocation(t, b)
			for _, enough := range []func(*allocation) func() bool{
				func(a *allocation) func() bool { return a.fits },
				func(*allocation) func() bool { return func() bool { return false } },
			} {
				have := fast.descend(enough(fast))
				fast.consistent(t, name)
				units := fast.units()
				want := slowDescent(slow, enough(slow))
				if !slices.Equal(have, want) || !slices.Equal(units, slow.units()) {
					t.Fatalf("%s, seed %d:\nwant %v\nhave %v", name, seed, want, have)
				}
				fast.measure()
			}
		}
	}
}

// What takes time by strips of four is removed by strips: single units save nothing. Where nothing that may go saves anything
// there is no next removal.
func TestTheNextRemovalGoesDownAWholeStep(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 10)
	n.stairs()
	scores := n.scores[n.groups[0]]
	for u := range scores {
		scores[u] = float64(u + 1)
	}
	base := float64(n.cost.Base().Latency) // 4*12 + 12*8
	for _, c := range []struct {
		name string
		b    Budget
		kept int
		ok   bool
		want removal
	}{
		{"two units make the step", Budget{Metric: Latency, Keep: 1}, 10, true, removal{0, 8, (1 + 2) / (base / 3)}},
		{"four units make the step", Budget{Metric: Latency, Keep: 1}, 8, true, removal{0, 4, (3 + 4 + 5 + 6) / (base / 3)}},
		{"by steps of three the second is it", Budget{Metric: Latency, Keep: 1, RoundTo: 3}, 10, true, removal{0, 6, (1 + 2 + 3 + 4) / (base / 3)}},
		{"no whole step is left", Budget{Metric: Latency, Keep: 1}, 4, false, removal{}},
		{"the floor is in the way", Budget{Metric: Latency, Keep: 1, Floor: 0.6}, 8, false, removal{}},
		{"the last unit", Budget{Metric: MACs, Keep: 1}, 1, false, removal{}},
	} {
		a := n.allocation(t, c.b)
		a.keep(n.groups[0], c.kept)
		r, ok := a.next(0)
		if ok != c.ok || r.to != c.want.to || math.Abs(r.price-c.want.price) > 1e-12 {
			t.Errorf("%s: want %v %v, have %v %v", c.name, c.want, c.ok, r, ok)
		}
		if a.kept[n.groups[0]] != c.kept {
			t.Errorf("%s: looking at it removed units", c.name)
		}
		a.consistent(t, c.name)
	}
}

// Errors add up from the least valuable unit on, by units kept.
func TestAnAllocationBeginsWithAllUnits(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 3, 2)
	n.scores[n.groups[0]] = []float64{4, 1, 2}
	n.scores[n.groups[1]] = []float64{0.5, 8}
	a := n.allocation(t, Budget{Metric: MACs, Keep: 0.25})
	if want := [][]float64{{7, 3, 1, 0}, {8.5, 0.5, 0}}; !slices.EqualFunc(a.errors, want, slices.Equal[[]float64]) {
		t.Errorf("want %v, have %v", want, a.errors)
	}
	if base := float64(n.cost.Base().MACs); a.base != base || a.spent != base || a.limit != base/4 || a.fits() {
		t.Errorf("base %v, spent %v, limit %v", a.base, a.spent, a.limit)
	}
	if !slices.Equal(a.units(), []int{3, 2}) {
		t.Errorf("have %v", a.units())
	}
	n.cost.Measure(map[*group.Group]int{n.groups[0]: 1}) // another question before
	if a = n.allocation(t, Budget{Metric: MACs, Keep: 1}); a.spent != a.base {
		t.Errorf("%v of %v", a.spent, a.base)
	}
}

// What an allocation cannot be made of is an error.
func TestAnAllocationRefuses(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 3, 2)
	for _, c := range []struct {
		name, want string
		b          Budget
		score      float64
	}{
		{"nothing", "", Budget{Metric: MACs, Keep: 1}, 1},
		{"a budget of nothing", "budget macs: want a fraction over 0 and at most 1, have 0", Budget{Metric: MACs}, 1},
		{"a metric that the model has nothing of", "budget latency: the model has none", Budget{Metric: Latency, Keep: 1}, 1},
		{"NaN", "group " + n.groups[1].Name + ": want numbers to add up, unit 1 has a score of NaN", Budget{Metric: MACs, Keep: 1}, math.NaN()},
		{"infinity", "group " + n.groups[1].Name + ": want numbers to add up, unit 1 has a score of +Inf", Budget{Metric: MACs, Keep: 1}, math.Inf(1)},
		{"less than any", "group " + n.groups[1].Name + ": want numbers to add up, unit 1 has a score of -Inf", Budget{Metric: MACs, Keep: 1}, math.Inf(-1)},
	} {
		n.scores[n.groups[1]][1] = c.score
		_, err := newAllocation(n.groups, n.scores, c.b, n.cost)
		if have := fmt.Sprint(err); have != c.want && (c.want != "" || err != nil) {
			t.Errorf("%s: want %q, have %v", c.name, c.want, err)
		}
		for _, solver := range []string{"error", "lambda"} {
			c.b.Lambda = 1
			if _, _, serr := solvers[solver].Solve(n.groups, n.scores, c.b, n.cost); fmt.Sprint(serr) != fmt.Sprint(err) {
				t.Errorf("%s, %s: want %v, have %v", c.name, solver, err, serr)
			}
		}
	}
}

// The numbers of units that a group may keep are the whole of it and the multiples of its step above its floor.
func TestTheNumbersOfUnitsThatAGroupMayKeep(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 10, 7)
	wide, other := n.groups[0], n.groups[1]
	for _, c := range []struct {
		name string
		b    Budget
		down []int // from all units, of the first group
		up   []int // from the least
	}{
		{"one by one", Budget{}, []int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"by fours", Budget{RoundTo: 4}, []int{10, 8, 4}, []int{4, 8, 10}},
		{"by a step of its own", Budget{RoundTo: 4, Steps: map[*group.Group]int{wide: 3}}, []int{10, 9, 6, 3}, []int{3, 6, 9, 10}},
		{"by a step of another's", Budget{RoundTo: 5, Steps: map[*group.Group]int{other: 3}}, []int{10, 5}, []int{5, 10}},
		{"not below a floor", Budget{Floor: 0.7}, []int{10, 9, 8, 7}, []int{7, 8, 9, 10}},
		{"not below a floor that is rounded up", Budget{Floor: 0.71, RoundTo: 4}, []int{10, 8}, []int{8, 10}},
		{"a floor of all", Budget{Floor: 1}, []int{10}, []int{10}},
		{"a step as wide as the group", Budget{RoundTo: 10}, []int{10}, []int{10}},
		{"a wider step", Budget{RoundTo: 16}, []int{10}, []int{10}},
		{"excluded", Budget{Exclude: []string{wide.Name}}, []int{10}, []int{10}},
		{"another excluded", Budget{RoundTo: 5, Exclude: []string{other.Name}}, []int{10, 5}, []int{5, 10}},
	} {
		c.b.Metric, c.b.Keep = MACs, 1
		a := n.allocation(t, c.b)
		down := []int{wide.Units}
		for at := wide.Units; a.below(wide, at) != at; at = down[len(down)-1] {
			down = append(down, a.below(wide, at))
		}
		up := []int{a.least(wide)}
		for at := up[0]; at < wide.Units; at = up[len(up)-1] {
			up = append(up, a.rounded(wide, at+1))
		}
		if !slices.Equal(down, c.down) || !slices.Equal(up, c.up) {
			t.Errorf("%s: want %v and %v, have %v and %v", c.name, c.down, c.up, down, up)
		}
	}
}

// A plan that an allocation follows keeps as many units as the plan does, and all where it says nothing.
func TestAnAllocationFollowsAPlan(t *testing.T) {
	n := rowOf(t, rand.New(rand.NewPCG(1, 1)), 5, 7, 4)
	a := n.allocation(t, Budget{Metric: MACs, Keep: 0.5})
	a.keep(n.groups[2], 1)
	a.follow(&group.Plan{Kept: map[*group.Group][]int{n.groups[0]: {1, 4}, n.groups[1]: {0, 2, 6}}})
	if !slices.Equal(a.units(), []int{2, 3, 4}) {
		t.Errorf("have %v", a.units())
	}
	a.consistent(t, "a plan")
	p := a.point()
	if want := a.errors[0][2] + a.errors[1][3] + a.errors[2][4]; p.error != want || p.size != a.spent/a.base || p.sum(2) != want+2*p.size {
		t.Errorf("want an error of %v and a size of %v, have %+v", want, a.spent/a.base, p)
	}
	a.keep(n.groups[0], 5)
	a.load(p)
	if !slices.Equal(a.units(), []int{2, 3, 4}) {
		t.Errorf("have %v", a.units())
	}
	a.consistent(t, "a point")
	plan, o, err := a.outcome(n.scores)
	if err != nil || o.Reached != p.size || o.Met != (p.size <= 0.5) || (o.Why == "") != o.Met || len(plan.Kept[n.groups[0]]) != 2 || plan.Kept[n.groups[2]] != nil {
		t.Errorf("%v, %+v, %v", plan, o, err)
	}
}

// Units are given back, the most valuable of all groups first, while the budget holds.
func TestUnitsAreGivenBackWhileTheBudgetHolds(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := rowOf(t, r, 6, 9, 5)
		b := Budget{Metric: MACs, Keep: 0.2 + 0.6*r.Float64(), RoundTo: int(seed) % 3}
		a := n.allocation(t, b)
		for _, g := range n.groups {
			a.keep(g, a.least(g))
		}
		want := map[*group.Group]int{}
		for g, k := range a.kept {
			want[g] = k
		}
		for closed := map[*group.Group]bool{}; len(closed) < len(n.groups); {
			var best *group.Group
			value := func(g *group.Group) float64 { return ranked(n.scores[g])[want[g]].score }
			for _, g := range n.groups {
				if want[g] == g.Units {
					closed[g] = true
				} else if !closed[g] && (best == nil || value(g) > value(best)) {
					best = g
				}
			}
			if best == nil {
				break
			}
			before := want[best]
			want[best] = b.rounded(best, before+1)
			if float64(n.cost.Measure(want).MACs) > a.limit {
				want[best], closed[best] = before, true
			}
		}
		a.restore(n.scores)
		a.consistent(t, "restored")
		for _, g := range n.groups {
			if a.kept[g] != want[g] {
				t.Errorf("seed %d: want %v, have %v", seed, want, a.kept)
				break
			}
		}
	}
}
