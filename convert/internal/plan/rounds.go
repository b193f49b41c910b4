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

// Planned is a plan together with how it was chosen.
type Planned struct {
	Plan    *group.Plan
	Outcome *budget.Outcome
	// Scores are the scores that the plan was made by; those of the first round if there were
	// several.
	Scores budget.Scores
	// Measured is the number of errors measured at the outputs.
	Measured int
	// Judged is the number of samples that they were measured on.
	Judged int
	// Predicted is the latency predicted for a plan with a budget of latency, whose Outcome is
	// measured, and Fit describes the predictor; both are nil for other budgets.
	Predicted *float64
	Fit       *report.Fit
	// Widths says what multiples groups were cut to; nil if the budget rounds by itself.
	Widths *report.Widths
}

// Choose chooses the units of the subject that stay. With several rounds it cuts a part, repairs
// the rest by the named recovery, and lets the repaired network choose the next part. The result is
// one plan for the simplified model, which is then cut and repaired in one go: a repair starts from
// the original's weights and takes all of its targets from the original. If a round fails, Choose
// returns what the earlier ones chose together with the error.
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
		if p.Plan, err = compose(of.Model, of.Analysis, p.Plan, sel.subject.Analysis, plan); err != nil {
			return p, err
		}
		p.Outcome, p.Measured, p.Predicted, p.Judged, p.Widths = outcome, sel.Measured, sel.Predicted, sel.Judged, sel.Widths
		if round == rounds || !outcome.Met {
			return p, nil
		}
		if err := sel.next(ctx, of, p.Plan, recovery, from); err != nil {
			return p, err
		}
	}
}

// next cuts and repairs the subject by the plan so far and scores what is left.
func (s *Selection) next(ctx context.Context, of Subject, p *group.Plan, recovery string, from calibrate.Source) error {
	cut, err := cut.Apply(ctx, of.Model, of.Analysis, p)
	if err != nil {
		return err
	}
	if defaults.Recovers(recovery) {
		in := repair.Input{Original: of.Model, Cut: cut, Analysis: of.Analysis, Plan: p, From: from, Known: of.Known}
		if _, _, _, err := repair.Apply(ctx, recovery, in, s.Settings); err != nil {
			return err
		}
	}
	if s.subject.Analysis, err = group.FindContext(ctx, cut); err != nil {
		return err
	}
	from.Given = nil // they describe the uncut network
	s.subject.Model = cut
	if s.subject.Known, _, err = calibrate.Statistics(ctx, cut, s.subject.Analysis, []saliency.Criterion{s.Choice.Criterion}, false, from, s.Settings); err != nil {
		return err
	}
	return s.score(ctx)
}

// compose returns the plan for the first model that does in one step what earlier does and then
// plan, which is for the analysis then of the model that earlier leaves.
func compose(first *graph.Model, a *group.Analysis, earlier *group.Plan, then *group.Analysis, plan *group.Plan) (*group.Plan, error) {
	if earlier == nil {
		return plan, nil
	}
	out := &group.Plan{Kept: maps.Clone(earlier.Kept)}
	for _, g := range then.Groups {
		kept, cut := plan.Kept[g]
		if !cut {
			continue
		}
		original := sameGroup(first, a, g)
		if original == nil {
			return nil, fmt.Errorf("group %s does not match any group of the round before", g.Name)
		}
		before, had := earlier.Kept[original]
		if !had {
			for u := range original.Units {
				before = append(before, u)
			}
		}
		if len(before) != g.Units {
			return nil, fmt.Errorf("group %s has %d units, want the %d that the round before left", g.Name, g.Units, len(before))
		}
		units := make([]int, len(kept))
		for i, u := range kept {
			units[i] = before[u]
		}
		out.Kept[original] = units
	}
	return out, nil
}

// sameGroup returns the group of the first model that contains every axis of g that the first model
// has, matched by value name, or nil. No two groups have the same axes: heads and head dimensions
// share some, but not all.
func sameGroup(first *graph.Model, a *group.Analysis, g *group.Group) *group.Group {
	for _, original := range a.Groups {
		has := map[string]bool{}
		for _, m := range original.Members {
			has[fmt.Sprint(m.Axis, m.Value.Name)] = true
		}
		if !slices.ContainsFunc(g.Members, func(m group.Member) bool {
			return first.Graph.Value(m.Value.Name) != nil && !has[fmt.Sprint(m.Axis, m.Value.Name)]
		}) {
			return original
		}
	}
	return nil
}
