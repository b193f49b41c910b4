package budget

import (
	"math"

	"github.com/pollard-dev/pollard/passes/group"
)

// uniformSteps is how finely the common fraction is searched.
const uniformSteps = 4096

func init() {
	register(Solver{
		Name: "uniform", Doc: "removes the same fraction of the units of every group",
		Solve: func(groups []*group.Group, scores Scores, b Budget, c *CostModel) (*group.Plan, *Outcome, error) {
			return search(groups, scores, b, c, uniformSteps, func(step int) map[*group.Group]int {
				keep := 1 - float64(step)/uniformSteps
				kept := map[*group.Group]int{}
				for _, g := range groups {
					n := int(math.Ceil(keep*float64(g.Units) - 1e-9))
					kept[g] = max(b.least(g), b.rounded(g, n))
				}
				return kept
			})
		},
	})
}
