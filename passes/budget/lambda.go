package budget

import (
	"errors"

	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	register(Solver{
		Name: "lambda", Doc: "minimises errors plus lambda times the fraction that remains, scores taken for errors that add up",
		Solve: solveLambda, Weighs: true, Additive: true,
	})
}

// solveLambda minimises the sum of the scores of what is removed plus Budget.Lambda times the fraction that remains:
// the Lagrangian of the problem that solveError solves (Everett 1963, https://doi.org/10.1287/opre.11.3.399), whose
// solutions lie on the lower convex hull of the points (size, error). It looks for its place on that hull: from the two
// points at its ends, the solution at the price of the line between two points is one between them, or there is
// none (Aneja and Nair 1979, https://doi.org/10.1287/mnsc.25.1.73), and Lambda says on which side to go on. What is between
// two points does not depend on Lambda, so that a greater one never leaves a larger model; and a step that
// does not lower the sum at the prices on either side of Lambda does not do so at Lambda, because sums are linear in the price.
// Where what is left does not fit under Keep, the largest point of the hull that fits is filled up as solveError does.
func solveLambda(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
	if b.Lambda == 0 {
		return nil, nil, errors.New("lambda: want a number over 0")
	}
	a, err := newAllocation(groups, scores, b, c)
	if err != nil {
		return nil, nil, err
	}
	h := &hull{allocation: a, beside: a.neighbours()}
	p, tight := h.find(b.Lambda)
	a.load(p)
	if tight && a.fits() {
		a.restore(scores)
		filled := a.point()
		if a.exchange(); a.spent < p.size*a.base { // smaller than a greater Lambda may leave it
			a.load(filled)
		}
	}
	return a.outcome(scores)
}

// hull finds points of the lower convex hull.
type hull struct {
	*allocation
	beside [][]neighbour
	path   []removal
}

// depth bounds how often the hull is halved: at every step one of thousands of points, if not half of them, is left behind.
const depth = 64

// find is the point of the least sum at lambda of those that fit, or of those that are smallest; tight says that the
// one of the least sum does not fit.
func (h *hull) find(lambda float64) (p point, tight bool) {
	left := h.point()
	h.path = h.descend(func() bool { return false })
	right := h.point()
	for range depth {
		price, mid, found := 0.0, point{}, false
		if left.size > right.size {
			price = (right.error - left.error) / (left.size - right.size)
			mid, found = h.between(left, right, price)
		}
		if !found {
			mid = left
		}
		over := mid.size*h.base > h.limit
		if over && lambda <= price {
			lambda, tight = 0, true // whatever it is, the largest that fits
		}
		switch smaller := over || lambda > price; {
		case found && smaller:
			left = mid
		case found:
			right = mid
		case smaller:
			return right, tight
		default:
			return left, tight
		}
	}
	return right, tight
}

// between is a point between two of the same sum at the price, with a smaller one; false when none is found. It
// takes the descent as far as the price pays and, where that is not enough, the two points, and improves on them.
func (h *hull) between(left, right point, price float64) (point, bool) {
	starts := []func(){
		func() { h.pay(price) },
		func() { h.load(left) },
		func() { h.load(right) },
	}
	for _, start := range starts {
		start()
		h.improve(price / h.base)
		p := h.point()
		if p.size <= left.size && p.size >= right.size && p.sum(price) < left.sum(price)*(1-1e-9) {
			return p, true
		}
	}
	return point{}, false
}

// pay goes down the path of the descent as long as removals cost less than the price.
func (h *hull) pay(price float64) {
	for _, g := range h.groups {
		h.kept[g] = g.Units
	}
	for _, r := range h.path {
		if r.price*h.base >= price {
			break
		}
		h.kept[h.groups[r.group]] = r.to
	}
	h.measure()
}
