package convert

import (
	"context"

	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/search"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// searches reports whether to search for the smallest model that meets the limits on loss. It does
// if there are such limits and neither a budget nor a pattern of zeros says how much to remove.
func (p *pruning) searches() bool {
	return p.options.Plan.Budget.Metric == "" && !p.options.Sparsity.On() && (p.job.MaxDrop != nil || p.job.MinAgreement != nil)
}

// search finds the smallest model that meets the limits. The samples that did not choose it become
// the evaluation set.
func (p *pruning) search(ctx context.Context, in pipeline.Samples) error {
	choosing, judging, how, err := measure.Split(p.eval, stepOf(p.task, p.original))
	if err != nil {
		return err
	}
	p.eval = judging
	p.report.Target = &report.Target{MaxDrop: p.job.MaxDrop, MinAgreement: p.job.MinAgreement, Split: how, Confidence: task.Confidence}
	b := &p.options.Plan.Budget
	b.Metric = budget.MACs
	p.result, b.Keep, err = search.Smallest(ctx, p.original, p.options, in, p.task, choosing, p.report.Target, p.report.Timings)
	return err
}

// measure adds accuracy, agreement and latency to the report and checks the limits.
func (p *pruning) measure(ctx context.Context) error {
	r, s := p.report, p.options.Settings
	if p.eval != nil {
		err := stage.Timings(r.Timings).Time("evaluate", func() (err error) {
			if p.figures, err = measure.EvaluateInto(ctx, r, p.task, p.original, p.result.Cut, p.eval, s); err != nil {
				return err
			}
			r.Pictures, err = pictures(ctx, p.task, p.original, p.result.Cut, p.eval, p.job.Config.Pictures, s)
			return err
		})
		if err != nil {
			return err
		}
	}
	if p.job.Config.Latency {
		err := stage.Timings(r.Timings).Time("latency", func() error {
			s.Report("latency", 0, 0)
			return latency.TimePair(ctx, r, p.original, p.result.Cut, p.job.In, p.job.Out, s)
		})
		switch {
		case err != nil && p.options.NoProof && ctx.Err() == nil:
			// A model that cannot be run can still be cut; its latency stays unknown.
			s.Report("latency is not known: "+err.Error(), 0, 0)
		case err != nil:
			return err
		}
	}
	r.Ratio = figures.Ratio(r.Original, r.Pruned)
	if r.Target != nil {
		return p.judge()
	}
	if err := measure.DropGate(r, p.job.MaxDrop); err != nil {
		return err
	}
	return measure.AgreementGate(r, p.job.MinAgreement)
}

// judge adds the figures on the samples that did not choose to the target, and checks them.
func (p *pruning) judge() error {
	found := measure.SplitOf(p.task, p.figures)
	p.report.Target.Reported = &found
	if reason := measure.Refutes(p.report.Target, found); reason != "" {
		return &stage.Gate{Reason: reason}
	}
	return nil
}

// stepOf returns the number that a count of samples must be a multiple of: samples that fill a batch
// of the model, and those that belong together.
func stepOf(t task.Task, m *graph.Model) int {
	a, b := samples.BatchOf(m).Step(), t.Step()
	for n := a; ; n += a {
		if n%b == 0 {
			return n
		}
	}
}
