package convert

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/internal/ticket"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// TicketJob is the input of Ticket, which exports a lottery ticket (Frankle and Carbin 2019,
// https://arxiv.org/abs/1803.03635): the structure that a trained network selects, with the values
// it had before training.
type TicketJob struct {
	// Trained selects the structure. Initial is the same network before training. Rewind, if not
	// empty, is a checkpoint from early in training that supplies the values instead (Frankle et
	// al. 2020, https://arxiv.org/abs/1912.05671).
	Trained, Initial, Rewind string
	// Out is the ticket. Mask is an .npz file of one bool array for each initializer, for a trainer
	// that keeps the dense form; empty for none.
	Out, Mask string
	Config    Config
	// Sparsity is the fraction of the multiplied weights that are set to 0 one by one, instead of a
	// budget; 0 for none. Config.Solver decides whether each matrix loses the same part (uniform)
	// or the lowest of all go (global).
	Sparsity    float64
	Calibration func(*graph.Model) (*dataset.Data, error)
	// Ready is as in Job.
	Ready func(*report.Report) error
}

// Ticket selects units by the trained model, cuts the source, proves the cut and writes the ticket.
// If a gate fails, the error is a *Gate, the report is returned too, and nothing is written unless
// Config.Force is set.
func Ticket(ctx context.Context, j TicketJob) (_ *report.Report, err error) {
	t := &ticketing{job: j, report: report.New("ticket")}
	t.report.Original, t.report.Pruned = &report.Figures{}, &report.Figures{}
	t.report.Ticket = &report.Ticket{Trained: j.Trained, Initial: j.Initial, Rewind: j.Rewind, Sparsity: j.Sparsity}
	defer func() { t.calibration.Close() }()
	defer onnx.DoneAll(&t.files, &err)
	if err := t.open(); err != nil {
		return nil, err
	}
	err = stage.Plain(t.run(ctx))
	if err != nil && !stage.IsGate(err) {
		return nil, err
	}
	if err != nil {
		t.report.Failed = strings.Split(err.Error(), "\n")
	}
	return t.report, err
}

// ticketing is a run of a TicketJob.
type ticketing struct {
	job         TicketJob
	report      *report.Report
	files       []*onnx.File
	of          ticket.Checkpoints
	calibration *dataset.Data
}

// open reads the files and refuses outputs that would overwrite one of them.
func (t *ticketing) open() (err error) {
	j := t.job
	if j.Initial == "" {
		return errors.New("initial: want a file with the network before training, have none")
	}
	if j.Mask != "" && samePath(j.Mask, j.Out) {
		return fmt.Errorf("mask: %s is the output too", j.Mask)
	}
	t.of = ticket.Checkpoints{TrainedPath: j.Trained, InitialPath: j.Initial, SourcePath: j.Initial}
	paths := []string{j.Trained, j.Initial}
	if j.Rewind != "" {
		paths = append(paths, j.Rewind)
		t.of.SourcePath = j.Rewind
	}
	for _, path := range paths {
		if err := t.read(path); err != nil {
			return err
		}
	}
	t.of.Trained, t.of.Initial, t.of.Source = t.files[0].Model, t.files[1].Model, t.files[len(t.files)-1].Model
	if j.Calibration == nil {
		return nil
	}
	if t.calibration, err = j.Calibration(t.of.Trained); err != nil {
		return err
	}
	samples.Describe(t.report, "calibration", t.calibration)
	return nil
}

// read reads one of the models.
func (t *ticketing) read(path string) error {
	j := t.job
	for _, out := range []string{j.Out, j.Mask} {
		if out == "" && j.Out != "" {
			continue
		}
		if err := output.Check(path, out); err != nil {
			return err
		}
	}
	file, figures, err := checkpoint.Read(path, j.Config.Dims)
	if err != nil {
		return err
	}
	t.files = append(t.files, file)
	if err := canonical.CheckWeights(file.Model); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	t.report.Original = figures // the last one read is the source
	if path == j.Initial {
		t.report.Initial = figures
	}
	return output.CheckExternal(onnx.External(file.Model), j.Out)
}

// run builds, proves and writes the ticket.
func (t *ticketing) run(ctx context.Context) error {
	c, err := ticket.New(ctx, t.of)
	if err != nil {
		return err
	}
	o := withBudget(t.job.Config.options())
	if o.Plan.Criterion == "" && (t.calibration == nil || t.job.Sparsity > 0) {
		o.Plan.Criterion = defaults.FallbackCriterion // magnitude, as in the paper
	}
	var calibration dataset.Source
	if t.calibration != nil {
		calibration = t.calibration.Samples
	}
	var gates []error
	for _, step := range []func() error{
		func() error {
			if t.job.Sparsity > 0 {
				return c.Sparse(ctx, t.of, t.job.Sparsity, o.Plan.Criterion, o.Plan.Solver, t.report)
			}
			return c.Structured(ctx, t.of, o, calibration, t.report)
		},
		func() error { return c.Prove(ctx, t.of, calibration, !o.NoProof, o.Settings, t.report) },
		func() error { return t.write(ctx, c) },
	} {
		err := step()
		switch {
		case err == nil:
			continue
		case !stage.IsGate(err):
			return err
		}
		gates = append(gates, err)
		if c.Ticket == nil || !t.job.Config.Force {
			break
		}
	}
	return errors.Join(gates...)
}

// samePath reports whether two paths name the same place.
func samePath(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

// write writes the ticket and the masks and reads the ticket back.
func (t *ticketing) write(ctx context.Context, c *ticket.Builder) (err error) {
	j, r := t.job, t.report
	staged, err := output.Stage(ctx, j.Out, c.Ticket, j.Config.writeOptions())
	if err != nil {
		return err
	}
	defer staged.Discard()
	r.Pruned, err = figures.Of(staged.Path, c.Ticket, []string{staged.Path + ".data"}, samples.Extents(c.Ticket, j.Config.Dims))
	if err != nil {
		return err
	}
	r.Ratio = figures.Ratio(r.Original, r.Pruned)
	read, err := onnx.Read(staged.Path)
	if err != nil {
		return fmt.Errorf("the written file cannot be read back: %w", err)
	}
	defer read.Done(&err)
	if r.Proof != nil {
		same, err := proof.Written(ctx, read.Model, c.Ticket, c.Feeds, j.Config.Threads)
		if err != nil {
			return err
		}
		if err := proof.RecordWritten(r.Proof, same); err != nil {
			return err
		}
	}
	for _, f := range append([]*onnx.File{read}, t.files...) {
		if err := f.Unchanged(); err != nil {
			return err
		}
	}
	r.Ticket.Mask = j.Mask
	return output.Commit(staged, j.Out, r, func(r *report.Report) error {
		if j.Ready != nil {
			if err := j.Ready(r); err != nil {
				return err
			}
		}
		if j.Mask == "" {
			return nil
		}
		return dataset.SaveNPZ(ctx, j.Mask, c.Masks())
	})
}
