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

// freeTolerance bounds what the removal of free units may change, as a fraction of the largest magnitude of an output.
const freeTolerance = 1e-5

// mostSearched is of how many weights free units are looked for: the search holds each of them, and what it has found out
// of it, as float64.
const mostSearched = 1 << 28

// unsearched says why free units are not looked for in m; empty where they are.
func unsearched(m *graph.Model) string {
	weights := int64(0)
	for _, v := range m.Graph.Initializers {
		if op.IsWeight(v) {
			weights = memory.Sum(weights, int64(v.Const.Len()))
		}
	}
	bytes := memory.Product(16, weights)
	if weights <= mostSearched && memory.Hold("", bytes) == nil {
		return ""
	}
	return fmt.Sprintf("they were not looked for: that takes %s of memory for %d weights", memory.Text(bytes), weights)
}

// reduced is s, whose analysis a is, without free units: a copy, or s itself where there are none. Removing some
// may show more; each round removes at least one unit.
func reduced(ctx context.Context, s *graph.Model, a *group.Analysis) (*graph.Model, *group.Analysis, []report.Free, error) {
	var free []report.Free
	origin := map[string][]int{} // the units that a group had at first, by its name
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

// addFree notes a finding under the number that its unit had at first.
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

// Model simplifies a copy of m and removes from it what can go without changing any output: the model that is
// pruned. Weights alone decide. It is not proven here, see PruneModel.
func Model(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, []report.Free, error) {
	s, a, err := canonical.Simplify(ctx, m)
	if err != nil || unsearched(s) != "" {
		return s, a, nil, err
	}
	return reduced(ctx, s, a)
}

// Free gives m, whose analysis a is, without the units that no output depends on, having proven on the feeds (nil: made-up ones) that its outputs stay
// what they are. Where they do not, which is a defect of ours and none of the model, m stays whole and kept says why; so it does where m is too large.
func Free(ctx context.Context, m *graph.Model, a *group.Analysis, feeds map[string]*graph.Tensor, proven bool, s stage.Settings) (_ *graph.Model, _ *group.Analysis, units []report.Free, kept string, err error) {
	if kept = unsearched(m); kept != "" {
		return m, a, nil, kept, nil
	}
	less, b, units, err := reduced(ctx, m, a)
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
