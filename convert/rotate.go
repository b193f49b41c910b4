package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// rotationTolerance bounds what a change of basis may change, as a fraction of the largest magnitude of an output.
const rotationTolerance = 1e-4

// rotate changes the basis of groups that allow it, so that their units are sorted by what they are worth, and proves that
// outputs stay what they are. Where they do not, nothing is changed. It gives the statistics in the new basis.
func (r *Result) rotate(ctx context.Context, c Config, feeds map[string]*graph.Tensor, known *statistics.Set) (*statistics.Set, error) {
	if c.NoRotation || known == nil {
		return known, nil
	}
	turned, _ := r.Simplified.Clone()
	a, err := group.FindContext(ctx, turned)
	if err != nil {
		return nil, err
	}
	after := known.Clone()
	rotations := rotation.Apply(a, after)
	if len(rotations) == 0 {
		return known, nil
	}
	if !c.NoProof {
		if err := c.sameOutputs(ctx, r.Simplified, turned, feeds, rotationTolerance); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			c.progress(fmt.Sprintf("no basis is changed: %v", err), 0, 0)
			return known, nil
		}
	}
	r.Simplified, r.Analysis, r.Choice.Rotations = turned, a, rotations
	return after, nil
}
