package lossless

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Kind says why a unit can be removed.
type Kind string

// The kinds of units that can be removed.
const (
	Dead        Kind = "dead"        // always 0 where it is read
	Constant    Kind = "constant"    // always the same number, which is now in the next bias
	Duplicate   Kind = "duplicate"   // the same as another unit, up to a factor
	Combination Kind = "combination" // a linear combination of others
)

// Finding is a unit that can be removed.
type Finding struct {
	Group *group.Group
	Unit  int
	Kind  Kind
	// Into lists the units of the group that took over its contribution.
	Into []int
}

// Reduce finds the units of m, whose analysis is a, that no output depends on once the weights of their readers are
// changed, and changes these weights in m. Cutting m by the plan changes its outputs by rounding alone. A plan that
// removes nothing is empty. Cutting may reveal more units: call Reduce again on the result.
func Reduce(m *graph.Model, a *group.Analysis) (*group.Plan, []Finding) {
	r := &reduction{
		model: m, analysis: a, facts: newFacts(m, a), readings: map[*graph.Node]*reading{},
		plan: &group.Plan{Kept: map[*group.Group][]int{}},
	}
	for _, g := range a.Groups {
		if u, ok := r.usesOf(g); ok {
			r.reduce(g, u)
		}
	}
	for _, read := range r.order {
		if read.weights == nil {
			continue
		}
		if read.biased {
			read.Write(read.weights, read.bias)
		} else {
			read.Write(read.weights, nil) // a node without a bias gets none
		}
	}
	return r.plan, r.found
}

type reduction struct {
	model    *graph.Model
	analysis *group.Analysis
	facts    *facts
	readings map[*graph.Node]*reading
	order    []*reading
	plan     *group.Plan
	found    []Finding
}

// reduce removes what it can from one group, the last units first, so that the first of several equal ones stays.
func (r *reduction) reduce(g *group.Group, u uses) {
	left := make([]bool, g.Units)
	for i := range left {
		left[i] = true
	}
	kept := g.Units
	for unit := g.Units - 1; unit >= 0 && kept > 1; unit-- {
		if f, ok := r.remove(g, u, unit); ok {
			r.found = append(r.found, f)
			left[unit] = false
			kept--
		}
	}
	for _, f := range r.combinations(g, u, left) {
		r.found = append(r.found, f)
		left[f.Unit] = false
		kept--
	}
	if kept == g.Units {
		return
	}
	for unit, l := range left {
		if l {
			r.plan.Kept[g] = append(r.plan.Kept[g], unit)
		}
	}
}

// step is one position of a reading and what replaces it.
type step struct {
	read *reading
	at   int
	by   expression
}

// remove folds a unit away if each of its positions can be, wherever it is read.
func (r *reduction) remove(g *group.Group, u uses, unit int) (f Finding, ok bool) {
	f = Finding{Group: g, Unit: unit, Kind: Dead}
	var steps []step
	for i, p := range u.products {
		for at, owner := range u.at[i] {
			if owner == unit && !p.a[at].zero() && !p.b[at].zero() {
				return f, false
			}
		}
	}
	for i, read := range u.readings {
		own := func(q int) bool { return u.units[i][q] == unit }
		for at, owner := range u.units[i] {
			if owner != unit || read.gone[at] || r.goesWhole(g, read, at, own) {
				continue
			}
			e, ok := read.constant(at)
			if !ok {
				if e, ok = read.duplicate(at, own); !ok {
					return f, false
				}
				f.Kind = Duplicate
				if into := u.units[i][e.of[0]]; into >= 0 && !slices.Contains(f.Into, into) {
					f.Into = append(f.Into, into)
				}
			} else if e.c != 0 && f.Kind == Dead {
				f.Kind = Constant
			}
			steps = append(steps, step{read, at, e})
		}
	}
	if len(steps) == 0 && len(u.products) == 0 {
		return f, false // nothing sums it: its readers are not visible here
	}
	for _, s := range steps {
		s.read.fold(s.at, s.by)
	}
	drop(u, unit)
	return f, true
}

// drop records that the positions of a unit are no longer read, including those that nothing was folded from.
func drop(u uses, unit int) {
	for i, read := range u.readings {
		for at, owner := range u.units[i] {
			if owner == unit {
				read.gone[at] = true
			}
		}
	}
}

// goesWhole reports whether the group of a convolution that reads position at is removed with the unit, outputs
// included. Nothing else then reads the unit there. Depthwise convolutions are of this kind.
func (r *reduction) goesWhole(g *group.Group, read *reading, at int, own func(q int) bool) bool {
	if read.Groups == 1 || !r.facts.members[g][group.Member{Value: read.Node.Out(0), Axis: read.Out}] {
		return false
	}
	each := read.Cols / read.Taps
	for q := at / each * each; q < at/each*each+each; q++ {
		if !own(q) {
			return false
		}
	}
	return true
}
