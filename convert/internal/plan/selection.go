package plan

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Subject is the model whose units are chosen, and what there is to choose by.
type Subject struct {
	// Model is simplified, Analysis has its groups; Original is as it was read: what budgets are stated in fractions of.
	Model    *graph.Model
	Analysis *group.Analysis
	Original *graph.Model
	// Initial is what constants of Model were, for criteria that ask; Known are statistics of it.
	Initial map[*graph.Value]*graph.Tensor
	Known   *statistics.Set
	// Data are samples by input that errors at the outputs are measured on; nil for none.
	Data map[string]*graph.Tensor
	// Timing predicts latency, for budgets of it.
	Timing *latency.Prediction
}

// Selection chooses the units of one model that stay.
type Selection struct {
	Options  Options
	Settings stage.Settings
	Choice   Choice

	model       *graph.Model
	analysis    *group.Analysis
	original    *graph.Model
	initial     map[*graph.Value]*graph.Tensor
	known       *statistics.Set
	data        map[string]*graph.Tensor
	Scores      budget.Scores
	measuredAll bool // scores pass through errors measured for all budgets
	cost        *budget.CostModel
	whole       int64        // what the first model takes of a metric that only free weights have
	counted     *budget.Cost // of original, once somebody asked
	timing      *latency.Prediction

	Measured  int      // errors at the outputs
	Predicted *float64 // what the plan for a budget of latency was thought to leave of it
}

// NewSelection scores the units of the subject.
func NewSelection(ctx context.Context, o Options, ch Choice, of Subject, s stage.Settings) (*Selection, error) {
	sel := &Selection{Options: o, Settings: s, Choice: ch, model: of.Model, analysis: of.Analysis, original: of.Original,
		initial: of.Initial, known: of.Known, data: of.Data, timing: of.Timing}
	return sel, sel.score(ctx)
}

// PredictLatency makes what latency is predicted by for a budget of it; nil for other budgets.
func (o *Options) PredictLatency(ctx context.Context, original, simplified *graph.Model, a *group.Analysis, s stage.Settings) (*latency.Prediction, error) {
	if o.Budget.Metric != budget.Latency {
		return nil, nil
	}
	t, err := latency.Predict(ctx, original, simplified, a, o.Budget.Excluded, s)
	if err != nil {
		return nil, fmt.Errorf("budget latency: %w", err)
	}
	return t, nil
}

// score scores the units of the model as it is now.
func (s *Selection) score(ctx context.Context) (err error) {
	s.Scores, err = saliency.Scores(ctx, s.Choice.Criterion, saliency.Input{
		Model: s.model, Original: s.original, Analysis: s.analysis, Seed: s.Settings.Seed, Reduction: s.Options.Reduction, Normalization: s.Options.Normalization,
		Initial: s.initial, Statistics: s.known, Threads: s.Settings.Threads,
	})
	if err != nil {
		return err
	}
	if s.cost, err = budget.NewCostModel(s.model, s.analysis, s.Settings.Dims); err != nil {
		return err
	}
	if s.timing != nil {
		s.cost.Time(s.timing.Works(s.model))
	}
	if s.whole == 0 {
		s.whole = s.Options.Budget.Metric.Of(s.cost.Base())
	}
	return nil
}

// within is the budget that leaves the given fraction of what the original takes, stated in fractions of what the model does; share is
// what the model takes of the original.
func (s *Selection) within(keep float64) (b budget.Budget, share float64) {
	b = s.Options.Budget
	share = s.share(s.cost)
	b.Keep, b.Lambda = keep, b.Lambda*share
	if share > 0 && (b.Lambda == 0 || keep < 1) { // a whole model with a price on it asks for nothing
		b.Keep = min(1, keep/share)
	}
	if s.timing != nil && b.RoundTo == 0 {
		b.Steps = s.cost.Steps(latency.StripWidth)
	}
	return b, share
}

// Solve keeps the given fraction of what the original takes. The outcome is stated in the same.
func (s *Selection) Solve(ctx context.Context, keep float64) (*group.Plan, *budget.Outcome, error) {
	b, share := s.within(keep)
	scores := s.Scores
	solve := func(scores budget.Scores, b budget.Budget) (*group.Plan, *budget.Outcome, error) {
		return s.Choice.Solver.Solve(s.analysis.Groups, scores, b, s.cost)
	}
	plan, outcome, err := solve(scores, b)
	if err == nil && !s.measuredAll && s.Options.measures(s.Choice) {
		plan, outcome, err = s.refine(ctx, scores, plan, outcome, func(sharp budget.Scores) (*group.Plan, *budget.Outcome, error) {
			scores = sharp
			return solve(scores, b)
		})
	}
	if err == nil {
		outcome.Reached *= share
	}
	if err != nil || s.timing == nil || s.measuredAll || keep > s.Options.Budget.Keep { // one of many, or a round on the way
		return plan, outcome, err
	}
	return s.solveMeasured(ctx, func(target float64) (*group.Plan, *budget.Outcome, error) {
		if target != keep {
			b.Keep = min(1, target/share)
			if plan, outcome, err = solve(scores, b); err == nil {
				outcome.Reached *= share
			}
		}
		return plan, outcome, err
	})
}

// Fit says what latency is predicted from; nil where it is not.
func (s *Selection) Fit() *report.Fit {
	if s.timing == nil {
		return nil
	}
	return &s.timing.Report
}

// share is the model's part of what the original takes: simplification alone removes parameters, and so do
// rounds before this one.
func (s *Selection) share(cost *budget.CostModel) float64 {
	if s.counted == nil {
		s.counted = &budget.Cost{}
		s.counted.Params, s.counted.MACs, _ = figures.Count(s.original, s.Settings.Dims)
	}
	over := func(a, b int64) float64 {
		if b == 0 {
			return 1
		}
		return float64(a) / float64(b)
	}
	switch s.Options.Budget.Metric {
	case budget.Params:
		return over(cost.Base().Params, s.counted.Params)
	case budget.MACs:
		return over(cost.Base().MACs, s.counted.MACs)
	case budget.Latency:
		return over(cost.Base().Latency, s.whole) * s.timing.Share
	}
	return over(s.Options.Budget.Metric.Of(cost.Base()), s.whole)
}
