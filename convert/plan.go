package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// plan chooses the units that stay.
func (r *Result) plan(ctx context.Context, original *graph.Model, c Config, in Samples) error {
	if len(r.Analysis.Groups) == 0 && len(r.Free) == 0 {
		return &Gate{"nothing can be removed: the model has no free group; inspect says what pins each axis"}
	}
	ch, err := c.choose(r.Simplified)
	if err != nil {
		return err
	}
	r.Choice = &ChoiceReport{Criterion: ch.criterion.Name, Solver: ch.solver.Name, Rounds: max(1, c.Rounds)}
	known, err := r.statistics(ctx, c, ch, in)
	if err != nil {
		return err
	}
	r.Silent = silent(r.Simplified, r.Analysis, known)
	if known, err = r.rotate(ctx, c, in.Proof, known); err != nil {
		return err
	}
	r.known = known
	if c.Rounds > 1 {
		return r.rounds(ctx, original, c, ch, in)
	}
	s, err := r.selection(ctx, original, c, ch, in)
	if err != nil {
		return err
	}
	r.Plan, r.Outcome, err = s.solve(ctx, c.Budget.Keep)
	r.Choice.Measured, r.Predicted, r.scores = s.measured, s.predicted, s.scores
	return err
}

// selection is that of the whole model.
func (r *Result) selection(ctx context.Context, original *graph.Model, c Config, ch choice, in Samples) (*selection, error) {
	s := &selection{Config: c, choice: ch, model: r.Simplified, analysis: r.Analysis, original: original, known: r.known, data: in.Calibration}
	if c.Budget.Metric != budget.Latency {
		return s, nil
	}
	var err error
	if s.timing, err = newTiming(ctx, &c, original, r.Simplified, r.Analysis); err != nil {
		return nil, fmt.Errorf("budget latency: %w", err)
	}
	r.Fit = &s.timing.report
	return s, nil
}

// selection chooses the units of one model that stay.
type selection struct {
	Config
	choice
	model    *graph.Model
	analysis *group.Analysis
	original *graph.Model // as it was read: what budgets are stated in fractions of
	known    *statistics.Set
	data     map[string]*graph.Tensor
	measured int           // errors at the outputs
	scores   budget.Scores // that the first solution was made by: those of later rounds are of other units
	whole    int64         // what the first model takes of a metric that only free weights have
	counted  *budget.Cost  // of original, once somebody asked

	timing    *timing  // of a budget of latency
	predicted *float64 // what the plan was thought to leave of it
}

// solve keeps the given fraction of what the original takes. The outcome is stated in the same.
func (s *selection) solve(ctx context.Context, keep float64) (*group.Plan, *budget.Outcome, error) {
	scores, err := saliency.Scores(ctx, s.criterion, saliency.Input{
		Model: s.model, Original: s.original, Analysis: s.analysis, Seed: s.Seed, Reduction: s.Reduction, Normalization: s.Normalization,
		Statistics: s.known, Threads: s.Threads,
	})
	if err != nil {
		return nil, nil, err
	}
	cost, err := budget.NewCostModel(s.model, s.analysis, s.Dims)
	if err != nil {
		return nil, nil, err
	}
	if s.timing != nil {
		cost.Time(s.timing.works(s.model))
	}
	if s.whole == 0 {
		s.whole = s.Budget.Metric.Of(cost.Base())
	}
	b, solve := s.Budget, func(scores budget.Scores, b budget.Budget) (*group.Plan, *budget.Outcome, error) {
		return s.solver.Solve(s.analysis.Groups, scores, b, cost)
	}
	share := s.share(cost)
	b.Keep, b.Lambda = keep, b.Lambda*share
	if share > 0 && (b.Lambda == 0 || keep < 1) { // a whole model with a price on it asks for nothing
		b.Keep = min(1, keep/share)
	}
	if s.timing != nil && b.RoundTo == 0 {
		b.Steps = cost.Steps(stripWidth)
	}
	plan, outcome, err := solve(scores, b)
	if err == nil && s.measures(s.choice) {
		plan, outcome, err = s.sharpen(ctx, scores, plan, outcome, func(sharp budget.Scores) (*group.Plan, *budget.Outcome, error) {
			scores = sharp
			return solve(scores, b)
		})
	}
	if err == nil {
		outcome.Reached *= share
	}
	if s.scores == nil {
		s.scores = scores
	}
	if err != nil || s.timing == nil || keep > s.Budget.Keep { // a round on the way
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
