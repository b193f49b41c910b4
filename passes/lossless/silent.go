package lossless

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Silent lists the units of each group, in ascending order, that were 0 wherever constant weights read them, on
// everything that s was collected on. That is not a proof: other inputs may activate them. Whether to remove them is a
// decision for the caller. A group is left out if s lacks the moments of an axis that is read.
func Silent(m *graph.Model, a *group.Analysis, s *statistics.Set) []Quiet {
	var out []Quiet
	read := readAxes(m, a)
	for _, g := range a.Groups {
		if inRecurrence(g) {
			continue // silent behind a Relu, say, but read at the next step
		}
		quiet := make([]bool, g.Units)
		seen := false
		for _, axis := range read[g] {
			moments := s.Moments(axis.Value, axis.Axis)
			if moments == nil || moments.Count == 0 {
				seen = false
				break
			}
			for p, unit := range a.Units(g, axis) {
				if unit >= 0 {
					loud := moments.Fires[p] > 0 || moments.Square[p] > 0
					quiet[unit] = (quiet[unit] || !seen) && !loud
				}
			}
			seen = true
		}
		q := Quiet{Group: g}
		for unit, silent := range quiet {
			if silent && seen {
				q.Units = append(q.Units, unit)
			}
		}
		if len(q.Units) > 0 {
			out = append(out, q)
		}
	}
	return out
}

// Wants asks for the statistics that Silent reads.
func Wants(a *group.Analysis, m *graph.Model) statistics.Request {
	var r statistics.Request
	read := readAxes(m, a)
	for _, g := range a.Groups {
		r.Axes = append(r.Axes, read[g]...)
	}
	return r
}

// readAxes lists where constant weights contract units of each group.
func readAxes(m *graph.Model, a *group.Analysis) map[*group.Group][]group.Member {
	owners := map[group.Member][]*group.Group{}
	for _, g := range a.Groups {
		for _, axis := range g.Members {
			owners[axis] = append(owners[axis], g)
		}
	}
	read := map[*group.Group][]group.Member{}
	for _, n := range m.Graph.Nodes {
		l := linear.Of(n)
		if l == nil {
			continue
		}
		axis := group.Member{Value: l.X(), Axis: l.In}
		for _, g := range owners[axis] {
			if !slices.Contains(g.Members, group.Member{Value: n.Out(0), Axis: l.Out}) { // otherwise it passes units on
				read[g] = append(read[g], axis)
			}
		}
	}
	return read
}

// Quiet is the units of a group that never fired.
type Quiet struct {
	Group *group.Group
	Units []int
}
