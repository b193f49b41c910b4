package budget

import (
	"container/heap"
	"fmt"

	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	register(Solver{
		Name: "error", Doc: "removes the units that cost the least error for what they save, scores taken for errors that add up",
		Additive: true,
		Solve:    solveError,
	})
}

// solveError minimises the sum of the scores of what is removed under the budget: the epsilon-constraint form
// of multiple-choice knapsack, with what a unit saves depending on what else is gone. It follows the marginal
// error for each saving down to the budget, then exchanges units between pairs of groups as long as that lowers the sum.
func solveError(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
	if err := b.Check(); err != nil {
		return nil, nil, err
	}
	base := float64(b.Metric.Of(c.Base()))
	if base == 0 {
		return nil, nil, fmt.Errorf("budget %s: the model has none", b.Metric)
	}
	a := &allocation{Budget: b, groups: groups, cost: c, limit: b.Keep * base, kept: map[*group.Group]int{}}
	for _, g := range groups {
		a.kept[g] = g.Units
		us := ranked(scores[g])
		errors := make([]float64, g.Units+1) // by units kept
		for n := g.Units - 1; n >= 0; n-- {
			errors[n] = errors[n+1] + us[n].score
		}
		a.errors = append(a.errors, errors)
	}
	a.descend()
	if a.fits() {
		restore(groups, scores, b, a.kept, func(map[*group.Group]int) bool { return a.fits() })
		a.exchange()
	}
	reached := a.spent() / base
	o := &Outcome{Reached: reached, Met: reached <= b.Keep}
	if !o.Met {
		o.Why = blocked(groups, b)
	}
	return planOf(groups, scores, a.kept), o, nil
}

// allocation is how many units each group keeps, under way to the best.
type allocation struct {
	Budget
	groups []*group.Group
	errors [][]float64 // of each group, by units kept
	cost   *CostModel
	limit  float64
	kept   map[*group.Group]int
}

func (a *allocation) spent() float64 { return float64(a.Metric.Of(a.cost.Measure(a.kept))) }

func (a *allocation) fits() bool { return a.spent() <= a.limit }

// below is the next smaller number of units that g may keep; n when there is none.
func (a *allocation) below(g *group.Group, n int) int {
	next := n - 1
	if r := a.RoundTo; r > 1 {
		next = (n - 1) / r * r
	}
	if next < max(1, a.least(g)) {
		return n
	}
	return next
}

// removal is the next removal from a group and the error it adds for each saving.
type removal struct {
	group int
	to    int
	price float64
}

type removals []removal

func (r removals) Len() int { return len(r) }
func (r removals) Less(i, j int) bool {
	return r[i].price < r[j].price || r[i].price == r[j].price && r[i].group < r[j].group
}
func (r removals) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *removals) Push(x any)   { *r = append(*r, x.(removal)) }
func (r *removals) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// next is the next removal from group i; false when nothing may go, or nothing is saved.
func (a *allocation) next(i int, spent float64) (removal, bool) {
	g := a.groups[i]
	n := a.kept[g]
	to := a.below(g, n)
	if to == n {
		return removal{}, false
	}
	a.kept[g] = to
	saved := spent - a.spent()
	a.kept[g] = n
	if saved <= 0 {
		return removal{}, false
	}
	return removal{i, to, (a.errors[i][to] - a.errors[i][n]) / saved}, true
}

// descend removes the cheapest units until the budget holds. What a unit saves shrinks as others go, so
// that prices only rise: one that is still the lowest after it was looked at again is the lowest of all.
func (a *allocation) descend() {
	spent := a.spent()
	var queue removals
	for i := range a.groups {
		if r, ok := a.next(i, spent); ok {
			queue = append(queue, r)
		}
	}
	heap.Init(&queue)
	for spent > a.limit && len(queue) > 0 {
		i := queue[0].group
		r, ok := a.next(i, spent)
		if !ok {
			heap.Pop(&queue)
			continue
		}
		if r != queue[0] {
			queue[0] = r
			heap.Fix(&queue, 0)
			continue
		}
		a.kept[a.groups[i]] = r.to
		spent = a.spent()
		if r, ok = a.next(i, spent); ok {
			queue[0] = r
			heap.Fix(&queue, 0)
		} else {
			heap.Pop(&queue)
		}
	}
}

// exchanges bounds the rounds of exchange; it converges in a few.
const exchanges = 20

// exchange takes steps from one group and gives as many as the budget allows to another, as long as the
// sum of errors falls.
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

// trade takes one, two or four steps from group i, of which n units are kept, for what then fits in group j.
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
		if a.errors[j][m] <= loss { // even all of j would not pay
			break
		}
		a.kept[from] = fewer
		more := a.most(to, m)
		if more > m && a.errors[j][m]-a.errors[j][more] > loss*(1+1e-12) {
			a.kept[to] = more
			return true
		}
		a.kept[from], a.kept[to] = n, m
	}
	return false
}

// most is how many units of g fit, of at least m.
func (a *allocation) most(g *group.Group, m int) int {
	best := m
	for n := m; n < g.Units; {
		n = a.rounded(g, n+1)
		if a.kept[g] = n; !a.fits() {
			break
		}
		best = n
	}
	a.kept[g] = m
	return best
}
