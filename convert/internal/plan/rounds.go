package plan

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Planned is a plan, and how it was chosen.
type Planned struct {
	Plan    *group.Plan
	Outcome *budget.Outcome
	// Scores is what the plan was made by, in the first round where there were several.
	Scores budget.Scores
	// Measured is how many errors at the outputs were measured.
	Measured int
	// Predicted is what a plan for a budget of latency was thought to leave of it, Outcome then being measured, and Fit what that
	// was predicted from; nil for other budgets.
	Predicted *float64
	Fit       *report.Fit
}

// Choose chooses the units of the subject that stay. In several rounds, a part is cut, what is left is repaired by the recovery of that name from what
// there is to learn from, and the next part is chosen by what the repaired network tells. What comes of it is a plan for the simplified model, which is cut
// and repaired in one go: a repair starts from the original's weights and learns all of its targets from the original. What came of the rounds before an error
// is there beside it.
func Choose(ctx context.Context, o Options, ch Choice, of Subject, recovery string, from calibrate.Source, s stage.Settings) (*Planned, error) {
	sel, err := NewSelection(ctx, o, ch, of, s)
	if err != nil {
		return nil, err
	}
	p := &Planned{Fit: sel.Fit(), Scores: sel.Scores}
	rounds := max(1, o.Rounds)
	for round := 1; ; round++ {
		keep := o.Budget.Keep
		if rounds > 1 {
			s.Report(fmt.Sprintf("round %d of %d", round, rounds), 0, 0)
		}
		if round < rounds {
			keep = math.Pow(keep, float64(round)/float64(rounds))
		}
		plan, outcome, err := sel.Solve(ctx, keep)
		if err != nil {
			return p, err
		}
		if p.Plan, err = composed(of.Model, of.Analysis, p.Plan, sel.analysis, plan); err != nil {
			return p, err
		}
		p.Outcome, p.Measured, p.Predicted = outcome, sel.Measured, sel.Predicted
		if round == rounds || !outcome.Met {
			return p, nil
		}
		if err := sel.next(ctx, of, p.Plan, recovery, from); err != nil {
			return p, err
		}
	}
}

// next cuts and repairs the subject as far as the plan goes, and scores what is left.
func (s *Selection) next(ctx context.Context, of Subject, p *group.Plan, recovery string, from calibrate.Source) error {
	cut, err := cut.Apply(ctx, of.Model, of.Analysis, p)
	if err != nil {
		return err
	}
	if defaults.Recovers(recovery) {
		in := repair.Input{Original: of.Model, Cut: cut, Analysis: of.Analysis, Plan: p, From: from, Known: of.Known}
		if _, _, err := repair.Apply(ctx, recovery, in, s.Settings); err != nil {
			return err
		}
	}
	if s.analysis, err = group.FindContext(ctx, cut); err != nil {
		return err
	}
	from.Given = nil // they tell of the whole network
	s.model = cut
	if s.known, _, err = calibrate.Statistics(ctx, cut, s.analysis, []saliency.Criterion{s.Choice.Criterion}, false, from, s.Settings); err != nil {
		return err
	}
	return s.score(ctx)
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
