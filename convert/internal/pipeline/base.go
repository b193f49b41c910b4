package pipeline

import (
	"context"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/latency"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/prepare"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Samples are what a model is pruned with. Where they are nil, inputs are made up.
type Samples struct {
	Proof       map[string]*graph.Tensor // a few by input name, for the proof
	Calibration dataset.Source           // unlabelled, for the choice and the repair
	// Statistics holds statistics of the model collected earlier, for the criterion; nil to collect
	// them now.
	Statistics *statistics.Set
}

// Base is a model together with everything that is done once, however many candidates are made from
// it: it is simplified, rid of free units and rotated; its groups are found and its statistics
// collected.
type Base struct {
	Options  Options // with defaults resolved
	Samples  Samples
	From     calibrate.Source // what there is to learn from
	Original *graph.Model     // as it was read, with calls inlined
	Model    *graph.Model     // simplified
	Analysis *group.Analysis
	Free     []report.Free
	FreeKept string
	Initial  map[*graph.Value]*graph.Tensor // initial values of the constants of Model, if the criterion reads them
	learnt   dataset.Source                 // all samples of a distillation, those that judge it included
	Note     string                         // what is left undone for want of data

	// Set by Study: the choices, one a criterion in the order asked for; the statistics of Model;
	// and the reports of both.
	Choices     []plan.Choice
	Known       *statistics.Set // nil if none were collected
	Silent      []report.Silent
	Choice      *report.Choice
	Calibration *report.Calibration
}

// Prepare simplifies m, removes its free units and resolves what the options leave open.
func Prepare(ctx context.Context, m *graph.Model, o Options, in Samples, t stage.Timings) (*Base, error) {
	o.RoundToPattern()
	b := &Base{Options: o, Samples: in}
	var err error
	if b.Original, err = canonical.Inline(ctx, m); err != nil {
		return nil, err
	}
	b.Options.Settings.Dims = samples.Extents(b.Original, o.Settings.Dims)
	s := b.Options.Settings
	err = t.Time("simplify", func() (err error) {
		s.Report("simplify", 0, 0)
		b.Model, b.Analysis, err = canonical.Simplify(ctx, b.Original)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := o.Plan.Budget.CheckExclude(b.Analysis.Groups, m, b.Model); err != nil {
		return nil, err
	}
	b.resolve()
	if b.Note != "" {
		s.Report(b.Note, 0, 0)
	}
	if o.Initial != nil {
		if b.Initial, err = prepare.Initial(ctx, b.Model, o.Initial, o.InitialPath); err != nil {
			return nil, err
		}
	}
	if b.Options.NoLossless {
		return b, nil
	}
	return b, t.Time("free", func() (err error) {
		b.Model, b.Analysis, b.Free, b.FreeKept, err = prepare.Free(ctx, b.Model, b.Analysis, in.Proof, !o.NoProof, s)
		return err
	})
}

// resolve decides what the options leave open.
func (b *Base) resolve() {
	o := &b.Options
	to := defaults.Resolve(b.Model, defaults.Request{
		Solver: o.Plan.Solver, Criterion: o.Plan.Criterion, Recovery: o.Recovery,
		Work: o.Settings.Bounds().Synthetic,
		Data: b.Samples.Calibration != nil, Statistics: b.Samples.Statistics != nil,
	}, o.Settings.Dims)
	o.Plan.Criterion, o.Recovery = to.Criterion, to.Recovery
	b.From = calibrate.Source{Given: b.Samples.Statistics, Data: b.Samples.Calibration, Synthetic: to.Synthetic}
	if o.cuts() { // the note is about units
		b.Note = to.Note
	}
	if o.Initial == nil || o.NoLossless && o.NoRotation {
		return
	}
	// The initial weights are in the old basis and have nothing merged into them.
	o.NoLossless, o.NoRotation = true, true
	b.Note = joinNotes(b.Note, "weights are compared with the initial ones: free units are scored like others, and no basis is changed")
}

// Study resolves a choice for each criterion, collects the statistics that they read, and rotates
// the model. An empty name selects the criterion that suits the model.
func (b *Base) Study(ctx context.Context, t stage.Timings, criteria ...string) error {
	return t.Time("plan", func() error {
		s := b.Options.Settings
		s.Report("plan", 0, 0)
		if len(b.Analysis.Groups) == 0 && len(b.Free) == 0 {
			return &stage.Gate{Reason: "nothing can be removed: the model has no free group; inspect says what pins each axis"}
		}
		var readers []saliency.Criterion
		runs := true
		for _, name := range criteria {
			o := b.Options.Plan
			if name != "" {
				o.Criterion = name
			}
			ch, err := o.Choose(b.Model, s)
			if err != nil {
				return err
			}
			runs = runs && ch.Runs
			b.Choices, readers = append(b.Choices, ch), append(readers, ch.Criterion)
		}
		b.Choice = &report.Choice{Criterion: b.Choices[0].Criterion.Name, Solver: b.Choices[0].Solver.Name, Rounds: max(1, b.Options.Plan.Rounds), Note: b.Note}
		rotates := runs && !b.Options.NoRotation
		known, calibration, err := calibrate.Statistics(ctx, b.Model, b.Analysis, readers, rotates && b.From.Any(), b.From, s)
		if err != nil {
			return err
		}
		b.Known, b.Calibration, b.Silent = known, calibration, prepare.Silent(b.Model, b.Analysis, known)
		if b.Options.NoRotation {
			return nil
		}
		other, err := prepare.Rotate(ctx, b.Model, known, b.Samples.Proof, !b.Options.NoProof, s)
		if other != nil {
			b.Model, b.Analysis, b.Known, b.Choice.Rotations = other.Model, other.Analysis, other.Known, other.Rotations
		}
		return err
	})
}

// Candidate returns a Result in which nothing is chosen yet.
func (b *Base) Candidate() *Result {
	r := &Result{Simplified: b.Model, Analysis: b.Analysis, Free: b.Free, FreeKept: b.FreeKept, Silent: b.Silent, Calibration: b.Calibration}
	if b.Choice != nil {
		choice := *b.Choice
		r.Choice = &choice
	}
	return r
}

// PredictLatency returns a predictor if the budget is one of latency, else nil.
func (b *Base) PredictLatency(ctx context.Context) (*latency.Prediction, error) {
	return b.Options.Plan.PredictLatency(ctx, b.Original, b.Model, b.Analysis, b.Options.Settings)
}

// Subject returns the model as package plan takes it.
func (b *Base) Subject(t *latency.Prediction) plan.Subject {
	return plan.Subject{Model: b.Model, Analysis: b.Analysis, Original: b.Original, Initial: b.Initial, Known: b.Known, Data: b.Samples.Calibration, Timing: t}
}
