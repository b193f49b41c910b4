package prepare

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/stage"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// rotationTolerance bounds what a change of basis may change, as a fraction of the largest magnitude of an output.
const rotationTolerance = 1e-4

// Turned is a model in another basis, with its groups and what is known of it.
type Turned struct {
	Model     *graph.Model
	Analysis  *group.Analysis
	Known     *statistics.Set
	Rotations []rotation.Rotation
}

// Rotate changes the basis of groups that allow it, so that their units are sorted by what they are worth, and proves on the feeds (nil: made-up ones) that
// outputs stay what they are. It gives nil where no basis is to be changed, or where outputs would not stay.
func Rotate(ctx context.Context, m *graph.Model, known *statistics.Set, feeds map[string]*graph.Tensor, proven bool, s stage.Settings) (*Turned, error) {
	if known == nil {
		return nil, nil
	}
	t := &Turned{Known: known.Clone()}
	t.Model, _ = m.Clone()
	var err error
	if t.Analysis, err = group.FindContext(ctx, t.Model); err != nil {
		return nil, err
	}
	if t.Rotations = rotation.Apply(t.Analysis, t.Known); len(t.Rotations) == 0 {
		return nil, nil
	}
	if proven {
		if err := proof.SameOutputs(ctx, m, t.Model, feeds, rotationTolerance, s); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			s.Report(fmt.Sprintf("no basis is changed: %v", err), 0, 0)
			return nil, nil
		}
	}
	return t, nil
}
