package plan

import (
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// Groups describes the groups of an analysis under a plan, with the scores that the plan was made
// by. A nil plan keeps everything.
func Groups(a *group.Analysis, p *group.Plan, scores budget.Scores) []report.Group {
	reports := make([]report.Group, 0, len(a.Groups))
	for _, g := range a.Groups {
		r := report.Group{Name: g.Name, Kind: g.Kind, Units: g.Units, Kept: g.Units}
		if p != nil {
			if kept, ok := p.Kept[g]; ok {
				r.Kept = len(kept)
			}
			r.Saliency = report.NewSaliency(scores[g], p.Kept[g])
		}
		for _, m := range g.Members {
			r.Members = append(r.Members, report.Member{Value: m.Value.Name, Axis: m.Axis})
			if t := m.Value.Const; t != nil && op.IsWeight(m.Value) {
				r.Params += int64(t.Len()) * int64(countOwned(a.Units(g, m))) / int64(max(1, t.Shape()[m.Axis]))
			}
		}
		reports = append(reports, r)
	}
	return reports
}

// Prunable returns the share of the parameters of m, a simplified model, that belong to a unit of
// some group.
func Prunable(m *graph.Model, a *group.Analysis) float64 {
	fixed := map[*graph.Value][]int{} // the positions of each axis outside of any group
	for _, g := range a.Groups {
		for _, m := range g.Members {
			if t := m.Value.Const; t == nil || !op.IsWeight(m.Value) {
				continue
			}
			if fixed[m.Value] == nil {
				fixed[m.Value] = slices.Clone(m.Value.Const.Shape())
			}
			fixed[m.Value][m.Axis] -= countOwned(a.Units(g, m))
		}
	}
	n := int64(0)
	for v, axes := range fixed {
		rest := int64(1)
		for _, k := range axes {
			rest *= int64(max(0, k)) // heads and head dimensions share positions
		}
		n += int64(v.Const.Len()) - rest
	}
	all, _ := figures.CountWeights(m.Graph)
	return float64(n) / float64(max(1, all))
}

// countOwned counts the positions that belong to a unit.
func countOwned(units []int) int {
	n := 0
	for _, u := range units {
		if u >= 0 {
			n++
		}
	}
	return n
}
