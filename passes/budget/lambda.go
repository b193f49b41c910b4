package budget

import (
	"errors"

	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	register(Solver{
		Name: "lambda", Doc: "minimises errors plus lambda times the fraction that remains; takes scores for errors that add up",
		Solve: solveLambda, Weighs: true, Additive: true,
	})
}

// solveLambda minimises the sum of the scores of what is removed plus Budget.Lambda times the fraction that remains.
// That is the Lagrangian of the problem that solveError solves (Everett 1963, https://doi.org/10.1287/opre.11.3.399),
// whose solutions lie on the lower convex hull of the points (size, error).
//
// It searches that hull from its two ends. At the price given by the line between two points, the solution is a point
// between them, or there is none (Aneja and Nair 1979, https://doi.org/10.1287/mnsc.25.1.73); Lambda decides on which
// side to continue. What lies between two points does not depend on Lambda, so a greater Lambda never leaves a larger
// model. A step that does not lower the sum at the prices on either side of Lambda does not lower it at Lambda either,
// because sums are linear in the price. If the solution exceeds Keep, the largest point of the hull that fits is filled
// up as in solveError.
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
		if a.exchange(); a.spent < p.size*a.base { // a greater Lambda may have left more
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

// depth bounds how often the hull is divided. Each step leaves behind one of thousands of points, and often half of
// them.
const depth = 64

// find returns the point with the least sum at lambda among those that fit, or among the smallest if none fits. tight
// reports that the point with the least sum of all does not fit.
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
			lambda, tight = 0, true // at any price, the largest that fits
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

// between returns a point between two that have the same sum at the price, with a smaller sum, or false if it finds
// none. It follows the descent as far as the price pays and, where that is not enough, starts from the two points and
// improves on them.
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

// pay follows the descent as long as removals cost less than the price.
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
