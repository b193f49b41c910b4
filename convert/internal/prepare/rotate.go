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

// Rotated is a model in another basis, with its groups and statistics.
type Rotated struct {
	Model     *graph.Model
	Analysis  *group.Analysis
	Known     *statistics.Set
	Rotations []rotation.Rotation
}

// Rotate changes the basis of the groups that allow it, so that their units are sorted by what they
// contribute, and checks on the feeds (nil: made-up inputs) that the outputs stay the same. It
// returns nil if no basis changes, or if the outputs would not stay the same.
func Rotate(ctx context.Context, m *graph.Model, known *statistics.Set, feeds map[string]*graph.Tensor, proven bool, s stage.Settings) (*Rotated, error) {
	if known == nil {
		return nil, nil
	}
	t := &Rotated{Known: known.Clone()}
	t.Model, _ = m.Clone()
	var err error
	if t.Analysis, err = group.FindContext(ctx, t.Model); err != nil {
		return nil, err
	}
	t.Rotations = rotation.Apply(t.Analysis, t.Known)
	switch {
	case len(t.Rotations) == 0:
		return nil, nil
	case rotation.Made(t.Rotations) == 0:
		return t, nil // with what was left alone, and why
	}
	if proven {
		if err := proof.SameOutputs(ctx, m, t.Model, feeds, proof.ToleranceOf(m), s); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			s.Report(fmt.Sprintf("the basis is left as it is: %v", err), 0, 0)
			return nil, nil
		}
	}
	return t, nil
}
