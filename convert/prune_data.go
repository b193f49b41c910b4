package convert

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/pipeline"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// load opens the data.
func (p *pruning) load() error {
	for _, l := range []struct {
		from func(*graph.Model) (*dataset.Data, error)
		to   **dataset.Data
		use  string
	}{{p.job.Calibration, &p.calibration, "calibration"}, {p.job.Eval, &p.eval, "eval"}} {
		if l.from == nil {
			continue
		}
		d, err := l.from(p.original)
		if err != nil {
			return err
		}
		*l.to = d
		samples.Describe(p.report, l.use, d)
	}
	if p.eval != nil {
		var err error
		if p.task, err = chooseTask(p.job.Config.Task, p.original, p.eval); err != nil {
			return err
		}
	}
	dims, err := samples.PictureExtents(p.original, p.options.Settings.Dims, p.calibration, p.eval)
	if err != nil {
		return err
	}
	given := p.options.Settings.Dims
	p.options.Settings.Dims = samples.Extents(p.original, dims)
	p.report.Extents = samples.Chosen(p.options.Settings.Dims, given)
	if err := p.loadProof(); err != nil {
		return err
	}
	if err := p.loadStatistics(); err != nil {
		return err
	}
	if p.job.MaxDrop != nil && (p.eval == nil || !task.Labelled(p.task, p.eval)) {
		return errors.New("max-drop: want data and labels to measure accuracy on")
	}
	switch least := p.job.MinAgreement; {
	case least == nil:
	case p.eval == nil:
		return errors.New("min-agreement: want data to measure it on")
	case !(*least > 0 && *least <= 1):
		return fmt.Errorf("min-agreement: want a fraction over 0 and at most 1, have %v", *least)
	}
	return nil
}

// loadStatistics reads the job's statistics file, if it names one.
func (p *pruning) loadStatistics() error {
	path := p.job.Statistics
	if path == "" {
		return nil
	}
	if err := output.Check(path, p.job.Out); err != nil {
		return err
	}
	name := p.options.Plan.Criterion
	if name == "" {
		name = defaults.DefaultCriterion
	}
	criterion, err := saliency.Lookup(name)
	if err != nil {
		return err
	}
	if !criterion.NeedsData {
		return fmt.Errorf("statistics: criterion %s looks at weights only and reads no statistics", criterion.Name)
	}
	model, err := figures.Digest(p.job.In, onnx.External(p.original))
	if err != nil {
		return err
	}
	h, set, err := calibrate.Read(path)
	if err != nil {
		return err
	}
	if h.Model != model {
		return fmt.Errorf("%s: statistics of another model: want sha256 %s, that of %s, have %s", path, model, p.job.In, h.Model)
	}
	for _, d := range []*dataset.Data{p.calibration, p.eval} {
		if d == nil {
			continue
		}
		if err := h.Suits(d); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	p.statistics = set
	p.report.Statistics, err = calibrate.Report(path, h, set)
	return err
}

// samples returns the data to prune with.
func (p *pruning) samples() pipeline.Samples {
	s := pipeline.Samples{Proof: p.proof, Statistics: p.statistics}
	if p.calibration != nil {
		s.Calibration = p.calibration.Samples
	}
	return s
}

// loadProof reads a few samples for the proof, of the calibration set or else the evaluation set. It
// leaves them nil if there are none, or too few for the batch of the model.
func (p *pruning) loadProof() (err error) {
	d := p.calibration
	if d == nil {
		d = p.eval
	}
	if d != nil {
		p.proof, err = samples.FirstIfAny(d.Samples, p.original)
	}
	return err
}

// close closes the data.
func (p *pruning) close() {
	p.calibration.Close()
	p.eval.Close()
}
