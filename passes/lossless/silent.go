package lossless

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Silent lists the units of each group, ascending, that were 0 wherever constant weights read them on everything
// that s saw. That is no proof, other inputs may wake them: whether they go is a decision, and none is removed here.
// A group is left out where s lacks the moments of an axis that is read.
func Silent(m *graph.Model, a *group.Analysis, s *statistics.Set) []Quiet {
	var out []Quiet
	for _, g := range a.Groups {
		quiet := make([]bool, g.Units)
		seen := false
		for _, n := range m.Graph.Nodes {
			l := linear.Of(n)
			if l == nil || !slices.Contains(g.Members, group.Member{Value: n.In(0), Axis: l.In}) {
				continue
			}
			moments := s.Moments(n.In(0), l.In)
			if moments == nil || moments.Count == 0 {
				seen = false
				break
			}
			for p, unit := range a.Units(g, group.Member{Value: n.In(0), Axis: l.In}) {
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

// Quiet is units of a group that never fired.
type Quiet struct {
	Group *group.Group
	Units []int
}
