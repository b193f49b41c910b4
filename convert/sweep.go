package convert

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/internal/sweep"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Sweep is a run over many candidates of a model. Each is a file in Dir; those already there are
// not made again.
type Sweep struct {
	In, Dir string
	// Config says how every candidate is made. Its budget has a metric but no fraction.
	Config Config
	// Calibration reads the data to choose and repair candidates with, Eval the data to measure
	// them on.
	Calibration, Eval func(*graph.Model) (*dataset.Data, error)
	Criteria          []string
	// Budgets are fractions of the metric that may remain. Lambdas are prices of the metric, for
	// criteria whose scores are errors.
	Budgets, Lambdas []float64
	// Patterns are patterns of zeros for further candidates, each made alongside the dense one.
	Patterns []Sparsity
	// Pick holds the conditions for the candidate to copy to Picked; empty for none.
	Pick   []sweep.Condition
	Picked string
}

// Interrupted is the error of a sweep that was stopped.
type Interrupted struct {
	Done, Total int
	Dir         string
}

func (i *Interrupted) Error() string {
	return fmt.Sprintf("interrupted: %d of %d candidates are finished and kept in %s; run the same command to continue", i.Done, i.Total, i.Dir)
}

// Run makes the missing candidates, times those without a latency, and marks those that no other
// one dominates. If a gate fails, the report is returned too. Finished candidates stay if the run
// is interrupted; the error is then an *Interrupted.
func (j Sweep) Run(ctx context.Context) (*report.Sweep, error) {
	began := time.Now()
	var patterns []sparsify.Options
	for _, z := range j.Patterns {
		if z.Criterion != "" || z.Allocation != "" {
			return nil, fmt.Errorf("sweep: pattern %s: want no criterion and no allocation of its own", z.Pattern)
		}
		patterns = append(patterns, sparsify.Options(z))
	}
	o := j.Config.options()
	switch {
	case o.Plan.Rounds > 1:
		return nil, fmt.Errorf("sweep: rounds: want 1, have %d", o.Plan.Rounds)
	case o.Sparsity.On():
		return nil, errors.New("sweep: want patterns of zeros in Patterns, have one in Config")
	}
	if o.Plan.Budget.Metric == "" {
		o.Plan.Budget.Metric = budget.MACs
	}
	trials, err := sweep.Trials(o, j.Criteria, j.Budgets, j.Lambdas, patterns)
	if err != nil {
		return nil, err
	}
	tidy, err := staging.MkdirAll(j.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", j.Dir, staging.Pathless(err))
	}
	defer tidy()
	if err := output.Check(j.In, filepath.Join(j.Dir, "sweep.json")); err != nil {
		return nil, err
	}
	if len(j.Pick) > 0 {
		if err := output.Check(j.In, j.Picked); err != nil {
			return nil, err
		}
	}
	r := report.NewSweep()
	done, err := j.run(ctx, sweep.Job{
		In: j.In, Dir: j.Dir, Options: o, Write: j.Config.writeOptions(), Latency: j.Config.Latency,
		Criteria: j.Criteria, Trials: trials, Pick: j.Pick, Picked: j.Picked, Began: began,
	}, r)
	if ctx.Err() != nil {
		return nil, &Interrupted{Done: done, Total: len(trials), Dir: j.Dir}
	}
	if err != nil && !stage.IsGate(err) {
		return nil, err
	}
	return r, err
}

// run reads the model and the data, and makes the candidates.
func (j *Sweep) run(ctx context.Context, job sweep.Job, r *report.Sweep) (done int, err error) {
	file, err := onnx.Read(j.In)
	if err != nil {
		return 0, err
	}
	defer file.Done(&err)
	job.Original = file.Model
	if err := canonical.CheckWeights(file.Model); err != nil {
		return 0, fmt.Errorf("%s: %w", j.In, err)
	}
	job.Weights = onnx.External(file.Model)
	if len(j.Pick) > 0 {
		if err := output.CheckExternal(job.Weights, j.Picked); err != nil {
			return 0, err
		}
	}
	if job.Calibration, err = j.Calibration(file.Model); err != nil {
		return 0, err
	}
	defer job.Calibration.Close()
	if job.Eval, err = j.Eval(file.Model); err != nil {
		return 0, err
	}
	defer job.Eval.Close()
	samples.DescribeSweep(r, "calibration", job.Calibration)
	samples.DescribeSweep(r, "eval", job.Eval)
	if job.Task, err = chooseTask(j.Config.Task, file.Model, job.Eval); err != nil {
		return 0, err
	}
	if err := samples.CheckDims(file.Model, j.Config.Dims); err != nil {
		return 0, err
	}
	dims, err := samples.PictureExtents(file.Model, j.Config.Dims, job.Calibration, job.Eval)
	if err != nil {
		return 0, err
	}
	job.Options.Settings.Dims = samples.Extents(file.Model, dims)
	if r.Original, err = figures.Of(j.In, file.Model, job.Weights, job.Options.Settings.Dims); err != nil {
		return 0, err
	}
	done, err = sweep.Run(ctx, job, r)
	return done, stage.Plain(err)
}
