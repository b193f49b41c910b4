package budget

import "github.com/pollard-dev/pollard/passes/group"

func init() {
	register(Solver{
		Name: "error", Doc: "removes the units that add the least error for what they save; takes scores for errors that add up",
		Additive: true,
		Solve:    solveError,
	})
}

// solveError minimises the sum of the scores of what is removed under the budget: the epsilon-constraint form of
// multiple-choice knapsack, in which what a unit saves depends on what else is removed. It follows the marginal error
// for each saving down to the budget, or starts from the choice of a simpler solver if that is better. Then it exchanges
// units between pairs of groups as long as that lowers the sum.
func solveError(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
	a, err := newAllocation(groups, scores, b, c)
	if err != nil {
		return nil, nil, err
	}
	a.descend(a.fits)
	best, found := a.point(), a.fits()
	if found {
		a.restore(scores)
		best = a.point()
	}
	for _, plain := range []string{"global", "uniform"} {
		plan, o, err := solvers[plain].Solve(groups, scores, b, c)
		if err != nil {
			return nil, nil, err
		}
		a.follow(plan)
		if p := a.point(); o.Met && (!found || p.error < best.error) {
			best, found = p, true
		}
	}
	if a.load(best); found {
		a.exchange()
		a.fill()
	}
	return a.outcome(scores)
}

// exchanges bounds the rounds of exchange; it converges in a few.
const exchanges = 20

// exchange takes steps from one group and gives another as many as the budget allows, as long as the sum of errors
// falls.
func (a *allocation) exchange() {
	for range exchanges {
		better := false
		for i, from := range a.groups {
			for j := range a.groups {
				if j != i && a.trade(i, j, a.kept[from]) {
					better = true
				}
			}
		}
		if !better {
			return
		}
	}
}

// trade takes one, two or four steps from group i, which keeps n units, for what then fits in group j.
func (a *allocation) trade(i, j, n int) bool {
	from, to := a.groups[i], a.groups[j]
	m := a.kept[to]
	if m == to.Units {
		return false
	}
	fewer := n
	for step := 1; step <= 4; step++ {
		if fewer = a.below(from, fewer); fewer == n {
			break
		}
		if step == 3 {
			continue
		}
		loss := a.errors[i][fewer] - a.errors[i][n]
		if a.errors[j][m] <= loss { // even all units of j would not make up for it
			break
		}
		a.keep(from, fewer)
		more := a.most(to, m)
		if more > m && a.errors[j][m]-a.errors[j][more] > loss*(1+1e-12) {
			a.keep(to, more)
			return true
		}
		a.keep(to, m)
		a.keep(from, n)
	}
	return false
}

// most is the largest number of units of g that fits, at least m.
func (a *allocation) most(g *group.Group, m int) int {
	best := m
	for n := m; n < g.Units; {
		n = a.rounded(g, n+1)
		if a.keep(g, n); !a.fits() {
			break
		}
		best = n
	}
	a.keep(g, m)
	return best
}

// fill gives back the units that cost nothing: the rest of a step that is paid for already.
func (a *allocation) fill() {
	for _, g := range a.groups {
		for n := a.kept[g]; n < g.Units; {
			spent := a.spent
			more := a.rounded(g, n+1)
			if a.keep(g, more); a.spent > spent {
				a.keep(g, n)
				break
			}
			n = more
		}
	}
}
