package budget

import (
	"sort"

	"github.com/pollard-dev/pollard/passes/group"
)

func init() {
	register(Solver{
		Name: "global", Doc: "removes the units with the lowest scores of the whole network first",
		Solve: func(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
			type removal struct {
				g     *group.Group
				score float64
			}
			var order []removal
			for _, g := range groups {
				us := ranked(scores[g])
				for _, u := range us[min(b.least(g), len(us)):] {
					order = append(order, removal{g, u.score})
				}
			}
			sort.SliceStable(order, func(i, j int) bool { return order[i].score < order[j].score })
			return search(groups, scores, b, c, len(order), func(step int) map[*group.Group]int {
				removed := map[*group.Group]int{}
				for _, r := range order[:step] {
					removed[r.g]++
				}
				kept := map[*group.Group]int{}
				for _, g := range groups {
					kept[g] = max(b.least(g), b.rounded(g, g.Units-removed[g]))
				}
				return kept
			})
		},
	})
}
