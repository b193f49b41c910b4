package budget

import (
	"container/heap"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/passes/group"
)

// allocation is the number of units that each group keeps, while a solver works on it.
type allocation struct {
	Budget
	groups []*group.Group
	errors [][]float64 // of each group, by the number of units kept
	cost   *CostModel
	base   float64 // the size of the uncut model
	limit  float64
	kept   map[*group.Group]int
	spent  float64 // the size with kept
}

// newAllocation keeps all units. It takes the scores for errors that add up.
func newAllocation(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*allocation, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	base := float64(b.Metric.Of(c.Base()))
	if base == 0 {
		return nil, fmt.Errorf("budget %s: the model has none", b.Metric)
	}
	a := &allocation{Budget: b, groups: groups, cost: c, base: base, limit: b.Keep * base, kept: map[*group.Group]int{}}
	for _, g := range groups {
		a.kept[g] = g.Units
		for u, s := range scores[g] {
			if math.IsNaN(s) || math.IsInf(s, 0) {
				return nil, fmt.Errorf("group %s: want numbers to add up, unit %d has a score of %v", g.Name, u, s)
			}
		}
		us := ranked(scores[g])
		errors := make([]float64, g.Units+1) // by the number of units kept
		for n := g.Units - 1; n >= 0; n-- {
			errors[n] = errors[n+1] + us[n].score
		}
		a.errors = append(a.errors, errors)
	}
	a.measure()
	return a, nil
}

// measure recomputes spent after any change to kept.
func (a *allocation) measure() { a.spent = float64(a.Metric.Of(a.cost.Measure(a.kept))) }

// keep leaves g n units.
func (a *allocation) keep(g *group.Group, n int) {
	a.kept[g] = n
	a.spent = float64(a.Metric.Of(a.cost.with(g, n)))
}

func (a *allocation) fits() bool { return a.spent <= a.limit }

// outcome returns what the allocation reaches, and the plan for it.
func (a *allocation) outcome(scores Scores) (*group.Plan, *Outcome, error) {
	o := &Outcome{Reached: a.spent / a.base, Met: a.fits()}
	if !o.Met {
		o.Why = blocked(a.groups, a.Budget)
	}
	return planOf(a.groups, scores, a.kept), o, nil
}

// restore gives units back as long as the budget holds.
func (a *allocation) restore(scores Scores) {
	restore(a.groups, scores, a.Budget, a.kept, func(map[*group.Group]int) bool {
		a.measure()
		return a.fits()
	})
	a.measure()
}

// below is the next smaller number of units that g may keep, or n if there is none.
func (a *allocation) below(g *group.Group, n int) int {
	r := a.step(g)
	next := (n - 1) / r * r
	if next < max(1, a.least(g)) {
		return n
	}
	return next
}

// removal is the next removal from a group; price is the error that it adds for each unit of size saved.
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

// next returns the next removal from group i. It is false if nothing more may be removed, or if that would save nothing.
// Where the size is a staircase in the number of units, a removal is a whole step: less than a step saves nothing.
func (a *allocation) next(i int) (removal, bool) {
	g := a.groups[i]
	n, spent := a.kept[g], a.spent
	defer a.keep(g, n)
	for from := n; ; {
		to := a.below(g, from)
		if to == from {
			return removal{}, false
		}
		a.keep(g, to)
		if saved := spent - a.spent; saved > 0 {
			return removal{i, to, (a.errors[i][to] - a.errors[i][n]) / saved}, true
		}
		from = to
	}
}

// descend makes the cheapest removals until enough says so, and lists them. What a unit saves shrinks as others go, so
// prices only rise: one that is still the lowest after it has been recomputed is the lowest of all.
func (a *allocation) descend(enough func() bool) []removal {
	var queue removals
	for i := range a.groups {
		if r, ok := a.next(i); ok {
			queue = append(queue, r)
		}
	}
	heap.Init(&queue)
	var path []removal
	for !enough() && len(queue) > 0 {
		i := queue[0].group
		r, ok := a.next(i)
		if !ok {
			heap.Pop(&queue)
			continue
		}
		if r != queue[0] {
			queue[0] = r
			heap.Fix(&queue, 0)
			continue
		}
		a.keep(a.groups[i], r.to)
		path = append(path, r)
		if r, ok = a.next(i); ok {
			queue[0] = r
			heap.Fix(&queue, 0)
		} else {
			heap.Pop(&queue)
		}
	}
	return path
}
