package budget

import (
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/target"
)

// Aligned returns, for each group, how many units at a time must be removed for its axes to keep a multiple of what the
// target asks for. A group that is too narrow for that is cut to the half, the quarter and so on of the multiple; one
// that any width suits is not listed.
func (c *CostModel) Aligned(a *group.Analysis, t target.Target) map[*group.Group]int {
	steps := map[*group.Group]int{}
	for g, want := range t.Alignments(a) {
		for multiple := want.Multiple; multiple > 1; multiple /= 2 {
			step := c.step(g, multiple)
			if step == 1 {
				break // a unit is a multiple, as a head of 64 positions is
			}
			if g.Units >= want.Room*step {
				steps[g] = step
				break
			}
		}
	}
	return steps
}
