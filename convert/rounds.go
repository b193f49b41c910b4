package convert

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// rounds chooses in several rounds: a part is cut, what is left is repaired, and the next part is chosen by what the
// repaired network tells. What comes of it is a plan for the simplified model, which is cut and
// repaired in one go: a repair starts from the original's weights and learns all of its targets from the original.
func (r *Result) rounds(ctx context.Context, p *prepared, ch choice) error {
	c := p.Config
	s, err := p.selection(ctx, ch)
	if err != nil {
		return err
	}
	r.Fit = s.fit()
	for round := 1; ; round++ {
		c.progress(fmt.Sprintf("round %d of %d", round, c.Rounds), 0, 0)
		keep := math.Pow(c.Budget.Keep, float64(round)/float64(c.Rounds))
		if round == c.Rounds {
			keep = c.Budget.Keep
		}
		plan, outcome, err := s.solve(ctx, keep)
		if err != nil {
			return err
		}
		if r.Plan, err = composed(r.Simplified, r.Analysis, r.Plan, s.analysis, plan); err != nil {
			return err
		}
		r.Outcome, r.Choice.Measured, r.Predicted, r.scores = outcome, s.measured, s.predicted, s.scores
		if round == c.Rounds || !outcome.Met {
			return nil
		}
		if err := r.next(ctx, c, s, p.in); err != nil {
			return err
		}
	}
}

// next cuts and repairs as far as the plan goes, for s to choose from what is left.
func (r *Result) next(ctx context.Context, c Config, s *selection, in Samples) error {
	part := &Result{Simplified: r.Simplified, Analysis: r.Analysis, Plan: r.Plan, known: r.known}
	var err error
	if part.Cut, err = surgery.Cut(r.Simplified, r.Analysis, r.Plan); err != nil {
		return err
	}
	if err := passes.Run(ctx, part.Cut, []passes.Pass{simplify.DeadCode, simplify.Infer}); err != nil {
		return err
	}
	if c.recovers() {
		if err := part.repair(ctx, c, in); err != nil {
			return err
		}
	}
	if s.analysis, err = group.FindContext(ctx, part.Cut); err != nil {
		return err
	}
	in.Statistics = nil // they tell of the whole network
	s.model, part.Simplified, part.Analysis = part.Cut, part.Cut, s.analysis
	if s.known, err = part.statistics(ctx, c, in, s.choice); err != nil {
		return err
	}
	return s.look(ctx)
}

// composed is the plan for the first model that removes what earlier does, and of what that leaves, which then is the analysis
// of, what plan does.
func composed(first *graph.Model, a *group.Analysis, earlier *group.Plan, then *group.Analysis, plan *group.Plan) (*group.Plan, error) {
	if earlier == nil {
		return plan, nil
	}
	out := &group.Plan{Kept: maps.Clone(earlier.Kept)}
	for _, g := range then.Groups {
		kept, cut := plan.Kept[g]
		if !cut {
			continue
		}
		whole := sameGroup(first, a, g)
		if whole == nil {
			return nil, fmt.Errorf("group %s is not what it was in the round before", g.Name)
		}
		before, had := earlier.Kept[whole]
		if !had {
			for u := range whole.Units {
				before = append(before, u)
			}
		}
		if len(before) != g.Units {
			return nil, fmt.Errorf("group %s has %d units, %d were left of it", g.Name, g.Units, len(before))
		}
		units := make([]int, len(kept))
		for i, u := range kept {
			units[i] = before[u]
		}
		out.Kept[whole] = units
	}
	return out, nil
}

// sameGroup is the group of the first model that has all axes of g which are there, by the names of their values; nil for none.
// A group has other axes than any other: heads and head dimensions share some, but not all.
func sameGroup(first *graph.Model, a *group.Analysis, g *group.Group) *group.Group {
	for _, whole := range a.Groups {
		has := map[string]bool{}
		for _, m := range whole.Members {
			has[fmt.Sprint(m.Axis, m.Value.Name)] = true
		}
		if !slices.ContainsFunc(g.Members, func(m group.Member) bool {
			return first.Graph.Value(m.Value.Name) != nil && !has[fmt.Sprint(m.Axis, m.Value.Name)]
		}) {
			return whole
		}
	}
	return nil
}
