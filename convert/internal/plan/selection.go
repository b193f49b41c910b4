package plan

import (
	"context"
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/convert/dataset"
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

// Subject is the model whose units are chosen, and the data to choose by.
type Subject struct {
	// Model is the simplified model and Analysis its groups. Original is the model as it was read;
	// budgets are fractions of it.
	Model    *graph.Model
	Analysis *group.Analysis
	Original *graph.Model
	// Initial holds the initial values of constants of Model, for criteria that read them; Known
	// holds statistics of Model.
	Initial map[*graph.Value]*graph.Tensor
	Known   *statistics.Set
	// Data holds samples for measuring errors at the outputs; nil for none.
	Data dataset.Source
	// Timing predicts latency if the budget is one.
	Timing *latency.Prediction
}

// Selection chooses the units of one model that stay.
type Selection struct {
	Options   Options
	Settings  stage.Settings
	Choice    Choice
	Scores    budget.Scores
	Measured  int      // number of errors measured at the outputs
	Predicted *float64 // latency predicted for the plan, if the budget is one
	Judged    int      // number of samples that they were measured on
	// Widths says what multiples groups are cut to for the target's sake.
	Widths *report.Widths

	subject      Subject // as of the current round
	measuredAll  bool    // scores pass through errors measured for all budgets
	cost         *budget.CostModel
	baseCost     int64        // the first model's cost by the budget's metric
	originalCost *budget.Cost // of the original, counted on first use
}

// NewSelection scores the units of the subject.
func NewSelection(ctx context.Context, o Options, ch Choice, of Subject, s stage.Settings) (*Selection, error) {
	sel := &Selection{Options: o, Settings: s, Choice: ch, subject: of}
	return sel, sel.score(ctx)
}

// PredictLatency returns a predictor if the budget is one of latency, else nil.
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

// score scores the units of the current model.
func (s *Selection) score(ctx context.Context) (err error) {
	s.Scores, err = saliency.Scores(ctx, s.Choice.Criterion, saliency.Input{
		Model: s.subject.Model, Original: s.subject.Original, Analysis: s.subject.Analysis, Seed: s.Settings.Seed, Reduction: s.Options.Reduction, Normalization: s.Options.Normalization,
		Initial: s.subject.Initial, Statistics: s.subject.Known, Threads: s.Settings.Threads,
	})
	if err != nil {
		return err
	}
	if s.cost, err = budget.NewCostModel(s.subject.Model, s.subject.Analysis, s.Settings.Dims); err != nil {
		return err
	}
	if s.subject.Timing != nil {
		s.cost.Time(s.subject.Timing.Works(s.subject.Model))
	}
	if s.baseCost == 0 {
		s.baseCost = s.Options.Budget.Metric.Of(s.cost.Base())
	}
	return nil
}

// within restates a budget that keeps a fraction of the original as a fraction of the current
// model; share is the current model's cost as a fraction of the original's.
func (s *Selection) within(keep float64) (b budget.Budget, share float64) {
	b = s.Options.Budget
	share = s.share(s.cost)
	b.Keep, b.Lambda = keep, b.Lambda*share
	if share > 0 && (b.Lambda == 0 || keep < 1) { // with a price, keeping everything is no constraint
		b.Keep = min(1, keep/share)
	}
	s.Widths = nil
	if b.RoundTo == 0 {
		t := s.Options.Target()
		b.Steps = s.cost.Aligned(s.subject.Analysis, t)
		if s.subject.Timing != nil {
			maps.Copy(b.Steps, s.cost.Steps(latency.StripWidth))
		}
		s.Widths = widths(t.Name, s.subject.Analysis.Groups, b.Steps)
	}
	return b, share
}

// Solve returns a plan that keeps the given fraction of the original's cost. The outcome is stated
// in the same terms.
func (s *Selection) Solve(ctx context.Context, keep float64) (*group.Plan, *budget.Outcome, error) {
	b, share := s.within(keep)
	scores := s.Scores
	solve := func(scores budget.Scores, b budget.Budget) (*group.Plan, *budget.Outcome, error) {
		return s.Choice.Solver.Solve(s.subject.Analysis.Groups, scores, b, s.cost)
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
	if err != nil || s.subject.Timing == nil || s.measuredAll || keep > s.Options.Budget.Keep { // one of many, or an intermediate round
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

// Fit describes the predictor of latency; it is nil if there is none.
func (s *Selection) Fit() *report.Fit {
	if s.subject.Timing == nil {
		return nil
	}
	return &s.subject.Timing.Report
}

// share returns the cost of the model as a fraction of the original's. Simplification alone removes
// parameters, and so do earlier rounds.
func (s *Selection) share(cost *budget.CostModel) float64 {
	if s.originalCost == nil {
		s.originalCost = &budget.Cost{}
		s.originalCost.Params, s.originalCost.MACs, _ = figures.Count(s.subject.Original, s.Settings.Dims)
	}
	over := func(a, b int64) float64 {
		if b == 0 {
			return 1
		}
		return float64(a) / float64(b)
	}
	switch s.Options.Budget.Metric {
	case budget.Params:
		return over(cost.Base().Params, s.originalCost.Params)
	case budget.MACs:
		return over(cost.Base().MACs, s.originalCost.MACs)
	case budget.Latency:
		return over(cost.Base().Latency, s.baseCost) * s.subject.Timing.Share
	}
	return over(s.Options.Budget.Metric.Of(cost.Base()), s.baseCost)
}
