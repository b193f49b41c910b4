package budget

import "github.com/pollard-dev/pollard/passes/group"

// point is an allocation with its error and its size, as a fraction of the uncut model.
type point struct {
	kept        []int // of each group
	error, size float64
}

// sum is the error plus the size at the price of a whole model.
func (p point) sum(price float64) float64 { return p.error + price*p.size }

// point returns the present allocation.
func (a *allocation) point() point {
	p := point{kept: make([]int, len(a.groups)), size: a.spent / a.base}
	for i, g := range a.groups {
		p.kept[i] = a.kept[g]
		p.error += a.errors[i][p.kept[i]]
	}
	return p
}

// load sets the allocation to that of a point.
func (a *allocation) load(p point) {
	for i, g := range a.groups {
		a.kept[g] = p.kept[i]
	}
	a.measure()
}

// follow sets the allocation to that of a plan.
func (a *allocation) follow(plan *group.Plan) {
	for _, g := range a.groups {
		a.kept[g] = g.Units
		if kept, cut := plan.Kept[g]; cut {
			a.kept[g] = len(kept)
		}
	}
	a.measure()
}
