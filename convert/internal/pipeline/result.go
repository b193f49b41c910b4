package pipeline

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/distil"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/repair"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// Result is a pruned model in memory, with what was learnt while making it.
type Result struct {
	// Simplified is the original with constants folded, BatchNormalization fused, and dead code and
	// free units removed. Cut is Simplified without the removed units.
	Simplified, Cut *graph.Model
	Analysis        *group.Analysis
	// Free lists the units that went because no output depends on them; FreeKept says why such
	// units stayed after all.
	Free     []report.Free
	FreeKept string
	// Silent lists the units that never fired on the calibration set, if statistics of it were
	// collected.
	Silent []report.Silent
	// Plan says which units stay, Outcome how close that comes to the budget, and Choice how the
	// plan was made; nil before.
	Plan    *group.Plan
	Outcome *budget.Outcome
	Choice  *report.Choice
	// Scores are the scores that Plan was made by, those of the first round if there were several;
	// nil if nothing was scored.
	Scores budget.Scores
	// Predicted is the latency predicted for a plan with a budget of latency, whose Outcome is
	// measured, and Fit describes the predictor; both are nil for other budgets.
	Predicted *float64
	Fit       *report.Fit
	// Widths says what multiples groups were cut to; nil if the budget rounds by itself.
	Widths *report.Widths
	Proof  *report.Proof // nil if it was skipped
	// Repairs lists what the recovery did to each node, and Calibration the inputs it learnt from;
	// nil if nothing was repaired.
	Repairs     []report.Repair
	Calibration *report.Calibration
	// Learning says what bounds the repair had and how good the outputs are on held-out samples; nil if
	// nothing was repaired.
	Learning *report.Learning
	// Sparsity says which weights became zero; nil without a pattern.
	Sparsity *report.Sparsity
	// Distillation says what the cut model learnt from the original; nil if it did not.
	Distillation *report.Distillation
}

// Prune cuts a copy of m as the options say, proves the cut and repairs what is left. The proof
// comes before the repair, which changes weights and would hide a wrong cut. If a gate fails, the
// error is a *stage.Gate and the Result is valid too.
func Prune(ctx context.Context, m *graph.Model, o Options, in Samples, t stage.Timings) (*Result, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	all := in.Calibration
	if o.Distil.On && all != nil { // what judges the learning must be new to the repair, too
		in.Calibration = dataset.Part(all, distil.Learnt(all.Count()))
	}
	b, err := Prepare(ctx, m, o, in, t)
	if err != nil {
		return nil, err
	}
	if b.learnt = all; o.Distil.On {
		if err := distil.Check(b.learns(b.Model, nil, b.Analysis, nil), b.Options.Settings); err != nil {
			return nil, err
		}
	}
	if !o.cuts() { // weights alone become zero
		r := b.Candidate()
		r.Plan = &group.Plan{Kept: map[*group.Group][]int{}}
		return r, b.CarryOut(ctx, b.Options, r, t)
	}
	err = b.Study(ctx, t, o.Plan.Criterion)
	r := b.Candidate()
	if err == nil {
		err = b.ChoosePlan(ctx, r, t)
	}
	if err != nil {
		return r, err
	}
	return r, b.CarryOut(ctx, b.Options, r, t)
}

// joinNotes joins two notes, either of which may be empty.
func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// ChoosePlan chooses the units that stay, by the first choice of the base.
func (b *Base) ChoosePlan(ctx context.Context, r *Result, t stage.Timings) error {
	return t.Time("plan", func() error {
		timing, err := b.PredictLatency(ctx)
		if err != nil {
			return err
		}
		p, err := plan.Choose(ctx, b.Options.Plan, b.Choices[0], b.Subject(timing), b.Options.Recovery, b.From, b.Options.Settings)
		if p != nil {
			r.Plan, r.Outcome, r.Scores, r.Predicted, r.Fit, r.Choice.Measured = p.Plan, p.Outcome, p.Scores, p.Predicted, p.Fit, p.Measured
			r.Choice.Judged, r.Widths = p.Judged, p.Widths
		}
		return err
	})
}

// CarryOut carries out the plan of r: the cut, its proof and the repair. Zeros come last, so that
// no repair fills them again.
func (b *Base) CarryOut(ctx context.Context, o Options, r *Result, t stage.Timings) error {
	s := o.Settings
	err := t.Time("cut", func() (err error) {
		s.Report("cut", 0, 0)
		r.Cut, err = cut.Apply(ctx, r.Simplified, r.Analysis, r.Plan)
		return err
	})
	if err != nil {
		return err
	}
	if !o.NoProof {
		err = t.Time("proof", func() (err error) {
			s.Report("proof", 0, 0)
			r.Proof, err = proof.Prove(ctx, b.Original, r.Simplified, r.Cut, r.Analysis, r.Plan, b.Samples.Proof, s)
			return err
		})
		if err != nil {
			return err
		}
	}
	if o.cuts() && defaults.Recovers(o.Recovery) {
		err := t.Time("repair", func() (err error) {
			in := repair.Input{Original: r.Simplified, Cut: r.Cut, Analysis: r.Analysis, Plan: r.Plan, From: b.From, Known: b.Known}
			r.Repairs, r.Calibration, r.Learning, err = repair.Apply(ctx, o.Recovery, in, s)
			return err
		})
		if err != nil {
			return err
		}
	}
	if o.Sparsity.On() {
		if err := t.Time("sparsity", func() error { return b.sparsify(ctx, o, r) }); err != nil {
			return err
		}
	}
	if o.Distil.On {
		if err := t.Time("distil", func() error { return b.distil(ctx, o, r) }); err != nil {
			return err
		}
	}
	return BudgetGate(o.Plan.Budget, r)
}

// distil lets the cut model learn from the original. Weights that a pattern made zero stay zero.
func (b *Base) distil(ctx context.Context, o Options, r *Result) (err error) {
	r.Distillation, err = distil.Apply(ctx, o.Distil, b.learns(r.Simplified, r.Cut, r.Analysis, r.Plan), o.Settings)
	return err
}

// learns returns what a cut model is and what it learns from.
func (b *Base) learns(original, cut *graph.Model, a *group.Analysis, p *group.Plan) distil.Input {
	return distil.Input{Original: original, Cut: cut, Analysis: a, Plan: p, Data: b.learnt,
		Classes: task.Guess(b.Original) == task.Classification, Zeros: b.Options.Sparsity.On()}
}

// sparsify sets weights of the cut model to zero.
func (b *Base) sparsify(ctx context.Context, o Options, r *Result) error {
	in := sparsify.Input{Original: r.Simplified, Cut: r.Cut, Analysis: r.Analysis, Plan: r.Plan, Recovery: o.Recovery, From: b.From, Cuts: o.cuts()}
	zeros, from, err := sparsify.Apply(ctx, o.Sparsity, in, o.Settings)
	r.Sparsity = zeros
	if from != nil {
		r.Calibration = from
	}
	return err
}

// BudgetGate returns a failed gate if the plan misses the budget. It returns nil if the budget is
// met or there is none.
func BudgetGate(b budget.Budget, r *Result) error {
	switch o := r.Outcome; {
	case o == nil || o.Met:
		return nil
	case r.Predicted != nil:
		return &stage.Gate{Reason: fmt.Sprintf("budget: latency of %g is not met, measured is %.4g: %s", b.Keep, o.Reached, o.Why)}
	default:
		return &stage.Gate{Reason: fmt.Sprintf("budget: %s of %g cannot be reached, the least is %.4g: %s", b.Metric, b.Keep, o.Reached, o.Why)}
	}
}
