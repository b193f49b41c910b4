package candidate

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// OptionsFor returns o with the settings of the trial.
func OptionsFor(t report.Trial, o pipeline.Options) pipeline.Options {
	o.Plan.Criterion, o.Plan.Budget.Metric, o.Plan.Budget.Keep, o.Plan.Budget.Lambda = t.Criterion, t.Metric, t.Keep, t.Lambda
	if t.Lambda > 0 {
		o.Plan.Solver = defaults.WeighingSolver
	}
	if t.Pattern != "" {
		o.Sparsity.Pattern, o.Sparsity.Share = t.Pattern, t.Zeros
		o.RoundToPattern()
	}
	return o
}

// Maker makes candidates of one model. NewMaker does what has to be done once for all of them.
type Maker struct {
	Base       *pipeline.Base
	judge      *measure.Judge
	selections map[string]*plan.Selection // by criterion
}

// NewMaker prepares m for trials of the criteria with budgets of the metric in o. Candidates are
// measured as the task says on eval.
func NewMaker(ctx context.Context, m *graph.Model, o pipeline.Options, in pipeline.Samples, of task.Task, eval *dataset.Data, criteria []string, t stage.Timings) (*Maker, error) {
	o.Plan.Budget.Keep, o.Plan.Budget.Lambda = 1, 0
	b, err := pipeline.Prepare(ctx, m, o, in, t)
	if err != nil {
		return nil, err
	}
	if err := b.Study(ctx, t, criteria...); err != nil {
		return nil, err
	}
	k := &Maker{Base: b, selections: map[string]*plan.Selection{}, judge: measure.NewJudge(of, b.Original, eval)}
	if err := k.score(ctx, t); err != nil {
		return nil, err
	}
	return k, t.Time("original", func() error { return k.judge.Hold(ctx, b.Options.Settings) })
}

// score scores the units by each criterion and measures errors at the outputs.
func (k *Maker) score(ctx context.Context, t stage.Timings) error {
	var timing *latency.Prediction
	for i, ch := range k.Base.Choices {
		err := t.Time("curves", func() (err error) {
			if i == 0 {
				if timing, err = k.Base.PredictLatency(ctx); err != nil {
					return err
				}
			}
			s, err := plan.NewSelection(ctx, k.Base.Options.Plan, ch, k.Base.Subject(timing), k.Base.Options.Settings)
			if err != nil {
				return err
			}
			k.selections[ch.Criterion.Name] = s
			return s.MeasureAll(ctx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Plan chooses the units that stay in a trial. It must not be called concurrently. lost is the
// error that the scores predict, or nil if scores are not errors.
func (k *Maker) Plan(ctx context.Context, trial report.Trial) (r *pipeline.Result, lost *float64, err error) {
	ch := k.selections[trial.Criterion].Choice
	if trial.Lambda > 0 {
		if ch.Solver, err = budget.LookupSolver(defaults.WeighingSolver); err != nil {
			return nil, nil, err
		}
	}
	o := OptionsFor(trial, k.Base.Options)
	s := k.selections[trial.Criterion].WithOptions(o.Plan, ch)
	r = k.Base.Candidate()
	r.Choice.Criterion, r.Choice.Solver, r.Choice.Measured = ch.Criterion.Name, ch.Solver.Name, s.Measured
	r.Fit, r.Scores = s.Fit(), s.Scores
	r.Choice.Judged = s.Judged
	r.Plan, r.Outcome, err = s.Solve(ctx, trial.Keep)
	if r.Widths = s.Widths; err != nil {
		return nil, nil, fmt.Errorf("%s: %w", trial, err)
	}
	if ch.Criterion.AddsUp(o.Plan.Normalization) {
		sum := s.PredictedError(r.Plan)
		lost = &sum
	}
	return r, lost, nil
}

// CarryOut cuts, proves and repairs as planned, and compares the result with the original
// on the evaluation data. A missed budget is not an error here.
func (k *Maker) CarryOut(ctx context.Context, trial report.Trial, r *pipeline.Result, threads int,
	progress func(stage string, done, total int), t stage.Timings) (found *task.Figures, err error) {
	o := OptionsFor(trial, k.Base.Options)
	o.Settings.Threads, o.Settings.Progress = threads, progress
	if err := k.Base.CarryOut(ctx, o, r, t); err != nil && (!stage.IsGate(err) || r.Outcome.Met || r.Proof != nil && !r.Proof.Passed) {
		return nil, fmt.Errorf("%s: %w", trial, err)
	}
	err = t.Time("evaluate", func() error {
		found, err = k.judge.Compare(ctx, r.Cut, o.Settings)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", trial, err)
	}
	return found, nil
}
