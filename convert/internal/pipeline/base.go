package pipeline

import (
	"context"

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

// Samples are inputs by name, the first axis of each counting samples; a nil map stands
// for none, and then inputs are made up.
type Samples struct {
	Proof       map[string]*graph.Tensor // a few, to prove the cut on
	Calibration map[string]*graph.Tensor // unlabelled, to repair from
	// Statistics were collected on the model before, for the criterion; nil when it is to be done now.
	Statistics *statistics.Set
}

// Base is a model with what is done to it once, however many candidates are then made of it: it is simplified and rid of free
// units, its groups are found, statistics are collected and bases changed.
type Base struct {
	Options  Options // with what was left open settled
	Samples  Samples
	From     calibrate.Source // what there is to learn from
	Original *graph.Model     // as it was read, but for calls of functions
	Model    *graph.Model     // simplified
	Analysis *group.Analysis
	Free     []report.Free
	FreeKept string
	Initial  map[*graph.Value]*graph.Tensor // what constants of Model were, where the criterion asks
	Note     string                         // what is left undone for want of data

	// After study: the choices, one a criterion in the order asked for, what was collected on Model, and what the reports say of both.
	Choices     []plan.Choice
	Known       *statistics.Set // nil when nothing was collected
	Silent      []report.Silent
	Choice      *report.Choice
	Calibration *report.Calibration
}

// Prepare makes the model that is pruned, and settles what the options leave open for it.
func Prepare(ctx context.Context, m *graph.Model, o Options, in Samples, t stage.Timings) (*Base, error) {
	if o.Plan.Budget.RoundTo == 0 {
		o.Plan.Budget.RoundTo = o.Sparsity.Width()
	}
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
	b.settle()
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

// settle resolves what the options leave open.
func (b *Base) settle() {
	o := &b.Options
	to := defaults.Resolve(b.Model, defaults.Request{
		Solver: o.Plan.Solver, Criterion: o.Plan.Criterion, Recovery: o.Recovery,
		Data: b.Samples.Calibration != nil, Statistics: b.Samples.Statistics != nil,
	}, o.Settings.Dims)
	o.Plan.Criterion, o.Recovery = to.Criterion, to.Recovery
	b.From = calibrate.Source{Given: b.Samples.Statistics, Data: b.Samples.Calibration, Synthetic: to.Synthetic}
	if o.cuts() { // it is about units
		b.Note = to.Note
	}
	if o.Initial == nil || o.NoLossless && o.NoRotation {
		return
	}
	// The initial weights are in no other basis, and have nothing merged into them.
	o.NoLossless, o.NoRotation = true, true
	if b.Note != "" {
		b.Note += "; "
	}
	b.Note += "weights are compared with the initial ones: free units are scored like others, and no basis is changed"
}

// Study looks at the simplified model as the criteria want to, an empty name standing for the one that suits the model.
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
		turns := runs && !b.Options.NoRotation
		known, said, err := calibrate.Statistics(ctx, b.Model, b.Analysis, readers, turns && b.From.Any(), b.From, s)
		if err != nil {
			return err
		}
		b.Known, b.Calibration, b.Silent = known, said, prepare.Silent(b.Model, b.Analysis, known)
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

// Candidate is one for which nothing was chosen yet.
func (b *Base) Candidate() *Result {
	r := &Result{Simplified: b.Model, Analysis: b.Analysis, Free: b.Free, FreeKept: b.FreeKept, Silent: b.Silent, Calibration: b.Calibration}
	if b.Choice != nil {
		choice := *b.Choice
		r.Choice = &choice
	}
	return r
}

// PredictLatency makes what latency is predicted by for a budget of it; nil for other budgets.
func (b *Base) PredictLatency(ctx context.Context) (*latency.Prediction, error) {
	return b.Options.Plan.PredictLatency(ctx, b.Original, b.Model, b.Analysis, b.Options.Settings)
}

// Subject is the model as units are chosen in it.
func (b *Base) Subject(t *latency.Prediction) plan.Subject {
	return plan.Subject{Model: b.Model, Analysis: b.Analysis, Original: b.Original, Initial: b.Initial, Known: b.Known, Data: b.Samples.Calibration, Timing: t}
}
