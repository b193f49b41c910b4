package convert

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Job is one run of Prune on files.
type Job struct {
	In, Out string
	Config  Config
	// Load reads the data for the model's inputs; both may be nil. Calibration
	// feeds the proof and the recovery, Eval measures accuracy and agreement.
	Calibration, Eval func(*graph.Model) (*Data, error)
	// Statistics is a file of Calibrate that the criterion reads; empty when they are to be collected now.
	Statistics string
	// Initial is a file with the same network before training or before fine-tuning, for criteria that read it; empty for none.
	Initial string
	// MaxDrop fails the job when accuracy on Eval falls by more than this many percentage points, MinAgreement when less than this
	// share of its samples is predicted as by the original. Where Config has no budget, what is made is the model with the fewest
	// multiply-accumulates that keeps to them on one half of Eval; the other half is what it is measured on.
	MaxDrop, MinAgreement *float64
	// Ready, which may be nil, hears the report as it will be when all is decided and the model is not in its place yet. When it fails,
	// nothing is written.
	Ready func(*Report) error
}

// Prune reads the model, prunes it, proves the result, measures both and writes
// the file. The report is there, as far as it came, also when a gate failed; then nothing is
// written unless Config.Force says so. In is never touched.
func Prune(ctx context.Context, j Job) (said *Report, err error) {
	defer func() {
		if err != nil && !IsGate(err) {
			said = nil
		}
	}()
	report := NewReport("prune")
	if err := checkOutput(j.In, j.Out); err != nil {
		return nil, err
	}
	p := &pruning{Job: j, report: report}
	defer onnx.DoneAll(&p.files, &err)
	file, err := onnx.Read(j.In)
	if err != nil {
		return nil, err
	}
	p.files, p.original = append(p.files, file), file.Model
	if err := checkExternal(onnx.External(file.Model), j.Out); err != nil {
		return nil, err
	}
	if j.Initial != "" {
		before, figures, err := checkpoint(j.Initial)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, before)
		p.Config.Initial, p.Config.InitialPath, report.Initial = before.Model, j.Initial, figures
	}
	if err := checkWeights(file.Model); err != nil {
		return nil, fmt.Errorf("%s: %w", j.In, err)
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	return report, p.run(ctx)
}

// checkOutput refuses an output that is the input or cannot be there.
func checkOutput(in, out string) error {
	if out == "" {
		return errors.New("output: want the name of a file, have none")
	}
	a, err := os.Stat(in)
	if err != nil {
		return fmt.Errorf("%s: %w", in, staging.Pathless(err))
	}
	if b, err := os.Stat(out); err == nil {
		switch {
		case os.SameFile(a, b):
			return fmt.Errorf("%s: the output would overwrite the input", out)
		case !b.Mode().IsRegular():
			return fmt.Errorf("%s: the output is there and no regular file", out)
		}
	} else if !errors.Is(err, os.ErrNotExist) { // a name that is too long, above all
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	dir := filepath.Dir(out)
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	} else if !info.IsDir() {
		return fmt.Errorf("%s: cannot be written: %s is no folder", out, dir)
	}
	folder, err := staging.Beside(out) // that nothing can be written must not be noticed after an hour
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", out, staging.Pathless(err))
	}
	return folder.Discard()
}

// checkExternal refuses an output, or external data beside it, over a file that holds weights of the input.
func checkExternal(weights []string, out string) error {
	for _, target := range []string{out, out + ".data"} {
		a, err := os.Stat(target)
		if err != nil {
			continue
		}
		for _, w := range weights {
			if b, err := os.Stat(w); err == nil && os.SameFile(a, b) {
				return fmt.Errorf("%s: the output would overwrite %s, which holds weights of the input", out, w)
			}
		}
	}
	return nil
}

// pruning is a Job under way.
type pruning struct {
	Job
	files             []*onnx.File // that models were read from
	report            *Report
	original          *graph.Model
	calibration, eval *Data
	statistics        *statistics.Set
	result            *Result
	searched          bool // result is the smallest model for what may be lost
}

func (p *pruning) load() error {
	for _, l := range []struct {
		from func(*graph.Model) (*Data, error)
		to   **Data
	}{{p.Calibration, &p.calibration}, {p.Eval, &p.eval}} {
		if l.from == nil {
			continue
		}
		d, err := l.from(p.original)
		if err == nil {
			err = checkLabels(p.original, d)
		}
		if err != nil {
			return err
		}
		*l.to = d
	}
	if err := p.loadStatistics(); err != nil {
		return err
	}
	if p.MaxDrop != nil && (p.eval == nil || p.eval.Labels == nil) {
		return errors.New("max-drop: want data and labels to measure accuracy on")
	}
	switch {
	case p.MinAgreement == nil:
	case p.eval == nil:
		return errors.New("min-agreement: want data to measure it on")
	case !(*p.MinAgreement > 0 && *p.MinAgreement <= 1):
		return fmt.Errorf("min-agreement: want a fraction over 0 and at most 1, have %v", *p.MinAgreement)
	}
	return nil
}

// run goes from the model read to the file written.
func (p *pruning) run(ctx context.Context) error {
	p.Config.Dims = Extents(p.original, p.Config.Dims)
	p.report.Original = &Figures{}
	p.report.Original.count(p.original, p.Config.Dims)
	if err := fileFigures(p.In, onnx.External(p.original), p.report.Original); err != nil {
		return err
	}
	var gates []error
	var err error
	if p.aims() {
		p.searched = true
		err = p.search(ctx)
	} else {
		p.result, err = PruneModel(ctx, p.original, p.Config, p.samples(), p.report.Timings)
	}
	if r := p.result; r != nil && r.Analysis != nil {
		p.report.Groups, p.report.Pinned, p.report.Proof = groupReports(r.Analysis, r.Plan, r.scores), r.Analysis.Pinned, r.Proof
		p.report.Unfolded = simplify.Unfolded(r.Simplified)
		p.report.Free, p.report.FreeKept, p.report.Silent = r.Free, r.FreeKept, r.Silent
		p.report.Choice, p.report.Recovery, p.report.Calibration, p.report.Sparsity = r.Choice, r.Repairs, r.Calibration, r.Sparsity
		if r.Outcome != nil {
			p.report.Budget = &BudgetReport{string(p.Config.Budget.Metric), p.Config.Budget.Keep, r.Outcome.Reached, r.Outcome.Met, r.Outcome.Why, p.Config.Budget.Lambda, r.Predicted, r.Fit}
		}
	}
	if gates, err = p.gate(gates, err); err != nil {
		return fmt.Errorf("%s: %w", p.In, err)
	}
	if p.result == nil || p.result.Cut == nil {
		return errors.Join(gates...)
	}
	stage, err := newStage(ctx, p.Out, p.result.Cut, p.Config.writeOptions())
	if err != nil {
		return err
	}
	defer stage.discard()
	if gates, err = p.gate(gates, p.written(ctx, stage)); err != nil {
		return fmt.Errorf("%s: %w", p.Out, err)
	}
	if gates, err = p.gate(gates, p.measure(ctx)); err != nil {
		return fmt.Errorf("%s: %w", p.In, err)
	}
	if len(gates) == 0 || p.Config.Force {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, f := range p.files {
			if err := f.Unchanged(); err != nil {
				return err
			}
		}
		if err := stage.commit(p.Out, p.report, p.Ready); err != nil {
			return err
		}
	} else {
		p.report.Pruned.Path = ""
	}
	return errors.Join(gates...)
}

// gate collects failed gates and lets other errors through.
func (p *pruning) gate(gates []error, err error) ([]error, error) {
	var g *Gate
	if errors.As(err, &g) {
		p.report.Failed = append(p.report.Failed, g.Reason)
		return append(gates, g), nil
	}
	return gates, err
}

// proofFeeds is a few calibration samples; nil when there are none or the model wants another batch.
func (p *pruning) proofFeeds() map[string]*graph.Tensor {
	d := p.calibration
	if d == nil {
		d = p.eval
	}
	if d == nil {
		return nil
	}
	feeds, err := firstSamples(d.Feeds, p.original)
	if err != nil {
		return nil
	}
	return feeds
}

// samples is what the model is pruned with.
func (p *pruning) samples() Samples {
	s := Samples{Proof: p.proofFeeds(), Statistics: p.statistics}
	if p.calibration != nil {
		s.Calibration = p.calibration.Feeds
	}
	return s
}

// written proves that the staged file says what the model in memory does.
func (p *pruning) written(ctx context.Context, s *stage) error {
	p.report.Pruned = &Figures{}
	p.report.Pruned.count(p.result.Cut, p.Config.Dims)
	if err := fileFigures(s.path, []string{s.path + ".data"}, p.report.Pruned); err != nil {
		return err
	}
	p.report.Ratio = ratioOf(p.report.Original, p.report.Pruned)
	if p.Config.NoProof {
		return nil
	}
	return staged(p.report.Timings, "written", func() error {
		var err error
		p.report.Proof.Written, err = readBack(ctx, s.path, p.result.Simplified, p.result.Cut, p.proofFeeds(), &p.Config)
		if err != nil {
			return err
		}
		if !p.report.Proof.Written {
			p.report.Proof.Passed = false
			return &Gate{"proof: the file read back computes something else than the model that was written"}
		}
		return nil
	})
}

// measure fills in accuracy, agreement and latency.
func (p *pruning) measure(ctx context.Context) error {
	c := &p.Config
	if d := p.eval; d != nil {
		err := staged(p.report.Timings, "evaluate", func() error {
			return evaluate(ctx, p.original, p.result.Cut, d, p.report, c)
		})
		if err != nil {
			return err
		}
	}
	if c.Latency {
		err := staged(p.report.Timings, "latency", func() error {
			c.progress("latency", 0, 0)
			return p.latencies(ctx)
		})
		switch {
		case err != nil && c.NoProof && ctx.Err() == nil:
			// A model that cannot be run can still be cut: its latency is not known.
			c.progress("latency is not known: "+err.Error(), 0, 0)
		case err != nil:
			return err
		}
	}
	p.report.Ratio = ratioOf(p.report.Original, p.report.Pruned)
	if p.searched {
		return p.judge(ctx)
	}
	if err := dropGate(p.report, p.MaxDrop); err != nil {
		return err
	}
	return agreementGate(p.report, p.MinAgreement)
}

// agreementGate fails when the models agree on fewer samples than they are to.
func agreementGate(r *Report, least *float64) error {
	if least == nil || r.Agreement == nil || r.Agreement.Top1 >= *least {
		return nil
	}
	return &Gate{fmt.Sprintf("min-agreement: %.4f of %d samples are predicted as by the original, at least %g are wanted", r.Agreement.Top1, r.Agreement.Samples, *least)}
}

// dropGate fails when accuracy fell by more than maxDrop percentage points.
func dropGate(r *Report, maxDrop *float64) error {
	if maxDrop == nil || r.Original.Accuracy == nil || r.Pruned.Accuracy == nil {
		return nil
	}
	if drop := 100 * (*r.Original.Accuracy - *r.Pruned.Accuracy); drop > *maxDrop {
		return &Gate{fmt.Sprintf("max-drop: accuracy fell by %.2f points from %.2f %% to %.2f %%, at most %g are allowed",
			drop, 100**r.Original.Accuracy, 100**r.Pruned.Accuracy, *maxDrop)}
	}
	return nil
}
