package convert

import (
	"context"
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/apart"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Job is the input of Prune.
type Job struct {
	In, Out string
	Config  Config
	// Calibration and Eval read data for the model's inputs; both may be nil. Calibration feeds the
	// proof and the recovery, Eval measures accuracy and agreement.
	Calibration, Eval func(*graph.Model) (*dataset.Data, error)
	// Statistics is a file written by Calibrate for the criterion to read; empty to collect
	// statistics now.
	Statistics string
	// Initial is a file with the same network before training or before fine-tuning, for criteria
	// that read it; empty for none.
	Initial string
	// MaxDrop fails the job if accuracy on Eval falls by more than this many percentage points, or
	// another metric of the task by more than this much; MinAgreement if less than this share of the
	// samples is predicted as the original predicts them, or the task's agreement is less. If Config has no budget, Prune looks for the model with the fewest multiply-accumulates
	// that meets them on one half of Eval, and measures it on the other half.
	MaxDrop, MinAgreement *float64
	// Ready, if not nil, is called with the final report before the model is moved into place. If
	// it fails, nothing is written.
	Ready func(*report.Report) error
}

// Prune reads the model, prunes it, proves the result, measures both models and writes the file. If
// a gate fails, the report is returned as far as it goes, and nothing is written unless
// Config.Force is set. In is never modified.
func Prune(ctx context.Context, j Job) (result *report.Report, err error) {
	defer func() {
		if err = stage.Plain(err); err != nil && !stage.IsGate(err) {
			result = nil
		}
	}()
	if err := output.Check(j.In, j.Out); err != nil {
		return nil, err
	}
	if err := j.Config.checkWeights(); err != nil {
		return nil, err
	}
	p := &pruning{job: j, report: report.New("prune")}
	defer p.close()
	defer onnx.DoneAll(&p.files, &err)
	if err := p.open(); err != nil {
		return nil, err
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	if p.report.Original, err = figures.Of(j.In, p.original, onnx.External(p.original), p.options.Settings.Dims); err != nil {
		return nil, err
	}
	if err := p.divide(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	if err := p.gate(p.prune(ctx), j.In); err != nil {
		return p.report, err
	}
	if p.result == nil || p.result.Cut == nil {
		return p.report, errors.Join(p.gates...)
	}
	if err := p.halve(); err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	if err := p.rejoin(); err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	staged, err := output.Stage(ctx, j.Out, p.pruned, j.Config.writeOptions())
	if err != nil {
		return p.report, err
	}
	defer staged.Discard()
	if err := p.gate(p.written(ctx, staged.Path), j.Out); err != nil {
		return p.report, err
	}
	if err := p.gate(p.measure(ctx), j.In); err != nil {
		return p.report, err
	}
	return p.report, p.commit(ctx, staged)
}

// pruning is a run of a Job.
type pruning struct {
	job               Job
	files             []*onnx.File // that models were read from
	report            *report.Report
	original          *graph.Model
	options           pipeline.Options
	calibration, eval *dataset.Data
	task              task.Task                // what the model is for, if there is evaluation data
	figures           *task.Figures            // on the evaluation data
	proof             map[string]*graph.Tensor // a few samples, for the proof
	statistics        *statistics.Set
	parts             *apart.Parts // nil if all of the model can be run; otherwise original is the part that can
	result            *pipeline.Result
	pruned            *graph.Model    // all of it
	given             map[string]bool // names of the original's constants
	gates             []error         // that failed
}

// open reads the models.
func (p *pruning) open() error {
	file, err := onnx.Read(p.job.In)
	if err != nil {
		return err
	}
	p.files, p.original, p.given = append(p.files, file), file.Model, constantsOf(file.Model)
	if err := setInputs(file.Model, p.job.In, p.job.Config.Set); err != nil {
		return err
	}
	p.report.Set = p.job.Config.Set
	if err := output.CheckExternal(onnx.External(file.Model), p.job.Out); err != nil {
		return err
	}
	p.options = p.job.Config.options()
	if p.job.Initial != "" {
		before, figures, err := checkpoint.Read(p.job.Initial, p.job.Config.Dims)
		if err != nil {
			return err
		}
		p.files = append(p.files, before)
		p.options.Initial, p.options.InitialPath, p.report.Initial = before.Model, p.job.Initial, figures
	}
	if err := canonical.CheckWeights(file.Model); err != nil {
		return fmt.Errorf("%s: %w", p.job.In, err)
	}
	if p.searches() && p.options.Distil.On {
		return fmt.Errorf("distil: want a budget with it; the smallest model that is good enough is looked for without")
	}
	return samples.CheckDims(file.Model, p.options.Settings.Dims)
}

// prune makes the pruned model in memory.
func (p *pruning) prune(ctx context.Context) error {
	r := p.report
	in := p.samples()
	var err error
	if p.searches() {
		err = p.search(ctx, in)
	} else {
		p.options = withBudget(p.options)
		p.result, err = pipeline.Prune(ctx, p.original, p.options, in, r.Timings)
	}
	if p.result != nil && p.result.Analysis != nil {
		describeResult(r, p.result, p.options)
		r.FixedInputs = len(simplify.FixedInputs(p.original))
		p.explain()
	}
	return err
}

// describeResult describes the pruned model in the report.
func describeResult(r *report.Report, of *pipeline.Result, o pipeline.Options) {
	r.Groups, r.Pinned, r.Proof = plan.Groups(of.Analysis, of.Plan, of.Scores), of.Analysis.Pinned, of.Proof
	r.Unfolded = simplify.Unfolded(of.Simplified)
	r.Free, r.FreeKept, r.Silent = of.Free, of.FreeKept, of.Silent
	r.Choice, r.Recovery, r.Calibration, r.Learning, r.Sparsity = of.Choice, of.Repairs, of.Calibration, of.Learning, of.Sparsity
	r.Distillation = of.Distillation
	if b := o.Plan.Budget; of.Outcome != nil {
		r.Budget = &report.Budget{Metric: string(b.Metric), Keep: b.Keep, Reached: of.Outcome.Reached, Met: of.Outcome.Met,
			Why: of.Outcome.Why, Lambda: b.Lambda, Predicted: of.Predicted, Fit: of.Fit, Widths: of.Widths}
	}
}

// gate records a failed gate and returns nil, and returns any other error with the path of the file
// that it is about.
func (p *pruning) gate(err error, path string) error {
	var g *stage.Gate
	switch {
	case errors.As(err, &g):
		p.report.Failed = append(p.report.Failed, g.Reason)
		p.gates = append(p.gates, g)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// halve stores the weights of the pruned model as halves, if the job asks for that. What follows is of the model with
// the rounded weights.
func (p *pruning) halve() error {
	if p.job.Config.Weights != WeightsFloat16 {
		return nil
	}
	h, err := output.WeightsAsHalves(p.result.Cut)
	p.report.Halves = &report.Halves{Tensors: h.Tensors, Wide: h.Wide}
	return err
}

// written checks that the staged file at path computes what the model in memory does.
func (p *pruning) written(ctx context.Context, path string) error {
	r := p.report
	var err error
	if r.Pruned, err = figures.Of(path, p.pruned, []string{path + ".data"}, p.options.Settings.Dims); err != nil {
		return err
	}
	if p.parts != nil {
		p.count(r.Pruned, p.pruned)
	}
	r.Ratio, r.Grown = figures.Ratio(r.Original, r.Pruned), p.grown()
	if p.options.NoProof {
		return nil
	}
	return stage.Timings(r.Timings).Time("written", func() error {
		same, err := p.readBack(ctx, path)
		if err != nil {
			return err
		}
		return proof.RecordWritten(r.Proof, same)
	})
}

// commit moves the staged model into place, unless a gate failed and the job does not force it.
func (p *pruning) commit(ctx context.Context, staged *output.Staged) error {
	if len(p.gates) > 0 && !p.job.Config.Force {
		p.report.Pruned.Path = ""
		return errors.Join(p.gates...)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range p.files {
		if err := f.Unchanged(); err != nil {
			return err
		}
	}
	if err := output.Commit(staged, p.job.Out, p.report, p.job.Ready); err != nil {
		return err
	}
	return errors.Join(p.gates...)
}
