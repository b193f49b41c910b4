package prepare

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/lossless"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// freeTolerance bounds the change that removing free units may cause, as a fraction of the largest
// magnitude of an output.
const freeTolerance = 1e-5

// maxSearched is the most weights that are searched for free units. The search holds each of them
// twice as float64: as it is, and reduced.
const maxSearched = 1 << 28

// skipReason returns why m is not searched for free units, or "" if it is.
func skipReason(m *graph.Model) string {
	weights := int64(0)
	for _, v := range m.Graph.Initializers {
		if op.IsWeight(v) {
			weights = memory.Sum(weights, int64(v.Const.Len()))
		}
	}
	bytes := memory.Product(16, weights)
	if weights <= maxSearched && memory.Hold("", bytes) == nil {
		return ""
	}
	return fmt.Sprintf("not searched: that would take %s of memory for %d weights", memory.Text(bytes), weights)
}

// removeFree returns s, with its analysis a, without free units: a copy, or s itself if it has
// none. Removing some may expose more. Each round removes at least one unit, so the loop ends.
func removeFree(ctx context.Context, s *graph.Model, a *group.Analysis) (*graph.Model, *group.Analysis, []report.Free, error) {
	var free []report.Free
	origin := map[string][]int{} // the original indices of a group's units, by group name
	c, _ := s.Clone()
	b, err := group.FindContext(ctx, c)
	if err != nil {
		return nil, nil, nil, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		plan, found := lossless.Reduce(c, b)
		if len(found) == 0 {
			break
		}
		for _, g := range b.Groups {
			if len(origin[g.Name]) != g.Units {
				origin[g.Name] = make([]int, g.Units)
				for i := range g.Units {
					origin[g.Name][i] = i
				}
			}
		}
		for _, f := range found {
			free = addFree(free, f, origin[f.Group.Name][f.Unit])
		}
		for _, g := range b.Groups {
			if kept, cut := plan.Kept[g]; cut {
				var left []int
				for _, u := range kept {
					left = append(left, origin[g.Name][u])
				}
				origin[g.Name] = left
			}
		}
		if c, err = surgery.Cut(c, b, plan); err != nil {
			return nil, nil, nil, fmt.Errorf("free units: %w", err)
		}
		if err := passes.Run(ctx, c, []passes.Pass{simplify.DeadCode, simplify.Infer}); err != nil {
			return nil, nil, nil, err
		}
		if b, err = group.FindContext(ctx, c); err != nil {
			return nil, nil, nil, err
		}
	}
	if len(free) == 0 {
		return s, a, nil, nil
	}
	return c, b, free, nil
}

// addFree records a finding under the unit's original index.
func addFree(free []report.Free, f lossless.Finding, unit int) []report.Free {
	i := slices.IndexFunc(free, func(x report.Free) bool { return x.Group == f.Group.Name && x.Kind == string(f.Kind) })
	if i < 0 {
		i = len(free)
		free = append(free, report.Free{Group: f.Group.Name, Kind: string(f.Kind)})
	}
	free[i].Units = append(free[i].Units, unit)
	slices.Sort(free[i].Units)
	return free
}

// Model returns a simplified copy of m without its free units, together with its groups and the
// list of what was removed. The weights alone decide. Nothing is proven here; see Free.
func Model(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, []report.Free, error) {
	s, a, err := canonical.Simplify(ctx, m)
	if err != nil || skipReason(s) != "" {
		return s, a, nil, err
	}
	return removeFree(ctx, s, a)
}

// Free removes from m, with its analysis a, the units that no output depends on, and checks on the
// feeds (nil: made-up inputs) that the outputs stay the same. If they do not, which would be a
// defect of ours and not of the model, m stays whole and kept says why. The same happens if m is
// too large to search.
func Free(ctx context.Context, m *graph.Model, a *group.Analysis, feeds map[string]*graph.Tensor, proven bool,
	s stage.Settings) (_ *graph.Model, _ *group.Analysis, units []report.Free, kept string, err error) {
	if kept = skipReason(m); kept != "" {
		return m, a, nil, kept, nil
	}
	less, b, units, err := removeFree(ctx, m, a)
	if err != nil && ctx.Err() != nil {
		return nil, nil, nil, "", err
	}
	if err == nil && len(units) > 0 && proven {
		err = proof.SameOutputs(ctx, m, less, feeds, freeTolerance, s)
	}
	if err != nil {
		return m, a, nil, err.Error(), ctx.Err()
	}
	return less, b, units, "", nil
}
