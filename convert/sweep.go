package convert

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/internal/sweep"
	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
)

// Sweep is one run over many candidates of a model, each of which is a file in Dir that is not made again.
type Sweep struct {
	In, Dir string
	// Config says how every candidate is made; its budget has the metric, and no fraction.
	Config Config
	// Calibration reads what candidates are chosen on and repaired from, Eval what they are measured on.
	Calibration, Eval func(*graph.Model) (*dataset.Data, error)
	Criteria          []string
	// Budgets are fractions of the metric that may remain, Lambdas prices of it; these are for criteria whose scores are errors.
	Budgets, Lambdas []float64
	// Patterns are of zeros that weights have in further candidates, each beside the one without.
	Patterns []Sparsity
	// Pick are conditions for one model, of which Picked becomes a copy; none for none.
	Pick   []sweep.Condition
	Picked string
}

// Interrupted is the error of a sweep that was told to stop.
type Interrupted struct {
	Done, Total int
	Dir         string
}

func (i *Interrupted) Error() string {
	return fmt.Sprintf("interrupted: %d of %d candidates are finished and stay in %s; the same command goes on from there", i.Done, i.Total, i.Dir)
}

// Run makes the candidates that are not there yet, times those that were not, and says which of all are worth a look. The report is there too when
// a gate failed. What is finished stays when the run is interrupted: the error is then an *Interrupted.
func (j Sweep) Run(ctx context.Context) (*report.Sweep, error) {
	began := time.Now()
	var patterns []sparsify.Options
	for _, z := range j.Patterns {
		patterns = append(patterns, sparsify.Options(z))
	}
	o := j.Config.options()
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

// run reads the model and the data.
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
	if job.Eval, err = j.Eval(file.Model); err == nil {
		err = samples.CheckLabels(file.Model, job.Eval)
	}
	if err != nil {
		return 0, err
	}
	job.Options.Settings.Dims = samples.Extents(file.Model, j.Config.Dims)
	figures.FillModel(r.Original, file.Model, job.Options.Settings.Dims)
	if err := figures.FillFile(j.In, job.Weights, r.Original); err != nil {
		return 0, err
	}
	return sweep.Run(ctx, job, r)
}
