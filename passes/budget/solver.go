package budget

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pollard-dev/pollard/passes/group"
)

// Scores holds a number for each unit of each group. Units with higher scores are worth more.
type Scores map[*group.Group][]float64

// Solver chooses which units stay.
type Solver struct {
	Name, Doc string
	// Additive says that the solver takes scores for errors that add up.
	Additive bool
	Solve    func([]*group.Group, Scores, Budget, *CostModel) (*group.Plan, *Outcome, error)
	// Weighs says that the solver weighs scores against Budget.Lambda, for which they must be errors that add up.
	Weighs bool
}

// Check reports what is wrong with b for this solver.
func (s Solver) Check(b Budget) error {
	if s.Weighs && b.Lambda == 0 {
		return fmt.Errorf("solver %s: want lambda, a number over 0", s.Name)
	}
	if !s.Weighs && b.Lambda != 0 {
		return fmt.Errorf("solver %s: it does not weigh errors against size, want the solver lambda for lambda %v", s.Name, b.Lambda)
	}
	return b.Check()
}

// Outcome is what a solver reached.
type Outcome struct {
	Reached float64 // fraction of the metric that remains, as predicted
	Met     bool    // at most Budget.Keep
	Why     string  // if not met: what prevented it
}

var solvers = map[string]Solver{}

// register adds a solver. For a budget of units, the solver chooses among the groups that count as such.
func register(s Solver) {
	solve := s.Solve
	s.Solve = func(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
		if b.Metric == Units {
			groups = slices.DeleteFunc(slices.Clone(groups), func(g *group.Group) bool { return !c.widths[g] })
		}
		return solve(groups, scores, b, c)
	}
	solvers[s.Name] = s
}

// LookupSolver returns the solver of that name. The error lists those there are.
func LookupSolver(name string) (Solver, error) {
	if s, ok := solvers[name]; ok {
		return s, nil
	}
	return Solver{}, fmt.Errorf("unknown solver %q: want one of %s", name, strings.Join(Solvers(), ", "))
}

// Solvers lists the names of the solvers.
func Solvers() []string {
	var names []string
	for n := range solvers {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// search finds the cut nearest to the budget on a path from step 0, which removes nothing, to step last, which removes
// all that may be removed. No group ever grows along the path. It gives back what the last step took in excess.
func search(groups []*group.Group, scores Scores, b Budget, c *CostModel, last int, units func(step int) map[*group.Group]int) (*group.Plan, *Outcome, error) {
	if err := b.Check(); err != nil {
		return nil, nil, err
	}
	base := float64(b.Metric.Of(c.Base()))
	if base == 0 {
		return nil, nil, fmt.Errorf("budget %s: the model has none", b.Metric)
	}
	fits := func(u map[*group.Group]int) bool { return float64(b.Metric.Of(c.Measure(u))) <= b.Keep*base }
	step := sort.Search(last, func(s int) bool { return fits(units(s)) })
	kept := units(step)
	if fits(kept) {
		restore(groups, scores, b, kept, fits)
	}
	reached := float64(b.Metric.Of(c.Measure(kept))) / base
	// The same comparison as in the search: a quotient may round to the other side.
	o := &Outcome{Reached: reached, Met: fits(kept)}
	if !o.Met {
		o.Why = blocked(groups, b)
	}
	return planOf(groups, scores, kept), o, nil
}

// restore gives units back, the most valuable first, as long as the budget holds.
func restore(groups []*group.Group, scores Scores, b Budget, kept map[*group.Group]int, fits func(map[*group.Group]int) bool) {
	type candidate struct {
		g     *group.Group
		units []unit // ranked once, because every step looks at every group
	}
	var open []candidate
	for _, g := range groups {
		if kept[g] < g.Units {
			open = append(open, candidate{g, ranked(scores[g])})
		}
	}
	for len(open) > 0 {
		best := 0
		for i, o := range open {
			if o.units[kept[o.g]].score > open[best].units[kept[open[best].g]].score {
				best = i
			}
		}
		g := open[best].g
		before := kept[g]
		kept[g] = b.rounded(g, before+1)
		held := fits(kept)
		if !held {
			kept[g] = before
		}
		if !held || kept[g] == g.Units { // what does not fit now never will: costs only grow from here
			open = slices.Delete(open, best, best+1)
		}
	}
}

// unit is one unit of a group with its score.
type unit struct {
	index int
	score float64
}

// ranked lists the units of a group, the most valuable first; ties go to the lower index.
func ranked(scores []float64) []unit {
	us := make([]unit, len(scores))
	for i, s := range scores {
		us[i] = unit{i, s}
	}
	sort.SliceStable(us, func(i, j int) bool { return us[i].score > us[j].score })
	return us
}

// planOf keeps the most valuable units of each group.
func planOf(groups []*group.Group, scores Scores, kept map[*group.Group]int) *group.Plan {
	p := &group.Plan{Kept: map[*group.Group][]int{}}
	for _, g := range groups {
		n, ok := kept[g]
		if !ok || n >= g.Units {
			continue
		}
		var indices []int
		for _, u := range ranked(scores[g])[:n] {
			indices = append(indices, u.index)
		}
		sort.Ints(indices)
		p.Kept[g] = indices
	}
	return p
}

// blocked says why no cut meets the budget.
func blocked(groups []*group.Group, b Budget) string {
	excluded, floored := 0, 0
	for _, g := range groups {
		switch {
		case b.Excluded(g):
			excluded++
		case b.least(g) > 1:
			floored++
		}
	}
	rounding := fmt.Sprintf("rounding to %d", max(1, b.RoundTo))
	if len(b.Steps) > 0 {
		rounding = "going by whole steps"
	}
	return fmt.Sprintf("%d groups are cut to their floor: %d by the floor of %g or %s, %d excluded; the rest of the cost is pinned",
		len(groups), floored, b.Floor, rounding, excluded)
}
