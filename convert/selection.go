package convert

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// selection chooses the units of one model that stay.
type selection struct {
	Config
	choice
	model    *graph.Model
	analysis *group.Analysis
	original *graph.Model                   // as it was read: what budgets are stated in fractions of
	initial  map[*graph.Value]*graph.Tensor // what constants of model were, for criteria that ask
	known    *statistics.Set
	data     map[string]*graph.Tensor
	measured int // errors at the outputs
	scores   budget.Scores
	charted  bool // scores pass through errors measured for all budgets
	cost     *budget.CostModel
	whole    int64        // what the first model takes of a metric that only free weights have
	counted  *budget.Cost // of original, once somebody asked

	timing    *timing  // of a budget of latency
	predicted *float64 // what the plan was thought to leave of it
}

// look scores the units of the model as it is now.
func (s *selection) look(ctx context.Context) (err error) {
	s.scores, err = saliency.Scores(ctx, s.criterion, saliency.Input{
		Model: s.model, Original: s.original, Analysis: s.analysis, Seed: s.Seed, Reduction: s.Reduction, Normalization: s.Normalization,
		Initial: s.initial, Statistics: s.known, Threads: s.Threads,
	})
	if err != nil {
		return err
	}
	if s.cost, err = budget.NewCostModel(s.model, s.analysis, s.Dims); err != nil {
		return err
	}
	if s.timing != nil {
		s.cost.Time(s.timing.works(s.model))
	}
	if s.whole == 0 {
		s.whole = s.Budget.Metric.Of(s.cost.Base())
	}
	return nil
}

// within is the budget that leaves the given fraction of what the original takes, stated in fractions of what the model does; share is
// what the model takes of the original.
func (s *selection) within(keep float64) (b budget.Budget, share float64) {
	b = s.Budget
	share = s.share(s.cost)
	b.Keep, b.Lambda = keep, b.Lambda*share
	if share > 0 && (b.Lambda == 0 || keep < 1) { // a whole model with a price on it asks for nothing
		b.Keep = min(1, keep/share)
	}
	if s.timing != nil && b.RoundTo == 0 {
		b.Steps = s.cost.Steps(stripWidth)
	}
	return b, share
}

// solve keeps the given fraction of what the original takes. The outcome is stated in the same.
func (s *selection) solve(ctx context.Context, keep float64) (*group.Plan, *budget.Outcome, error) {
	b, share := s.within(keep)
	scores := s.scores
	solve := func(scores budget.Scores, b budget.Budget) (*group.Plan, *budget.Outcome, error) {
		return s.solver.Solve(s.analysis.Groups, scores, b, s.cost)
	}
	plan, outcome, err := solve(scores, b)
	if err == nil && !s.charted && s.measures(s.choice) {
		plan, outcome, err = s.sharpen(ctx, scores, plan, outcome, func(sharp budget.Scores) (*group.Plan, *budget.Outcome, error) {
			scores = sharp
			return solve(scores, b)
		})
	}
	if err == nil {
		outcome.Reached *= share
	}
	if err != nil || s.timing == nil || s.charted || keep > s.Budget.Keep { // one of many, or a round on the way
		return plan, outcome, err
	}
	return s.attune(ctx, func(target float64) (*group.Plan, *budget.Outcome, error) {
		if target != keep {
			b.Keep = min(1, target/share)
			if plan, outcome, err = solve(scores, b); err == nil {
				outcome.Reached *= share
			}
		}
		return plan, outcome, err
	})
}

// fit says what latency is predicted from; nil where it is not.
func (s *selection) fit() *FitReport {
	if s.timing == nil {
		return nil
	}
	return &s.timing.report
}

// share is the model's part of what the original takes: simplification alone removes parameters, and so do
// rounds before this one.
func (s *selection) share(cost *budget.CostModel) float64 {
	if s.counted == nil {
		s.counted = &budget.Cost{}
		s.counted.Params, s.counted.MACs, _ = Count(s.original, s.Dims)
	}
	over := func(a, b int64) float64 {
		if b == 0 {
			return 1
		}
		return float64(a) / float64(b)
	}
	switch s.Budget.Metric {
	case budget.Params:
		return over(cost.Base().Params, s.counted.Params)
	case budget.MACs:
		return over(cost.Base().MACs, s.counted.MACs)
	case budget.Latency:
		return over(cost.Base().Latency, s.whole) * s.timing.share
	}
	return over(s.Budget.Metric.Of(cost.Base()), s.whole)
}
