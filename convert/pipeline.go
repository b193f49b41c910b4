package convert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/runtime"
)

// Result is a pruned model in memory and what was learnt on the way.
type Result struct {
	// Simplified is the original with constants folded, BatchNormalization fused and dead
	// code gone, and without the free units; Cut is it without the removed units.
	Simplified, Cut *graph.Model
	Analysis        *group.Analysis
	// Free lists the units that went because no output depends on them; FreeKept says why such
	// units stayed after all.
	Free     []Free
	FreeKept string
	// Silent lists units that never fired on the calibration set, where the criterion made statistics of it.
	Silent  []Silent
	Plan    *group.Plan
	Outcome *budget.Outcome
	// Predicted is what a plan for a budget of latency was thought to leave of it, Outcome then being measured, and Fit what that
	// was predicted from; nil for other budgets.
	Predicted *float64
	Fit       *FitReport
	Proof     *Proof // nil when it was skipped
	// Choice says how Plan was made; nil before.
	Choice *ChoiceReport
	// initial is what constants of Simplified were, where the criterion asks.
	initial map[*graph.Value]*graph.Tensor
	// known is what was collected on Simplified, as it is now; nil when nothing was.
	known *statistics.Set
	// Sparsity says which weights became zero; nil without a pattern.
	Sparsity *SparsityReport
	// scores is what Plan was made by, in the first round where there were several; nil when nothing was scored.
	scores budget.Scores
	// Repairs lists what recovery did to each node, Calibration on what inputs.
	Repairs     []RepairReport
	Calibration *CalibrationReport // nil when nothing was repaired
}

// Samples are inputs by name, the first axis of each counting samples; a nil map stands
// for none, and then inputs are made up.
type Samples struct {
	Proof       map[string]*graph.Tensor // a few, to prove the cut on
	Calibration map[string]*graph.Tensor // unlabelled, to repair from
	// Statistics were collected on the model before, for the criterion; nil when it is to be done now.
	Statistics *statistics.Set
}

// Simplify makes a simplified copy of m and finds its groups.
func Simplify(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, error) {
	return simplified(ctx, m, simplify.All())
}

// simplified makes a copy of m simplified by the table and finds its groups.
func simplified(ctx context.Context, m *graph.Model, table []passes.Pass) (*graph.Model, *group.Analysis, error) {
	s, _ := m.Clone()
	if err := passes.Run(ctx, s, table); err != nil {
		return nil, nil, err
	}
	a, err := group.FindContext(ctx, s)
	return s, a, err
}

// PruneModel cuts a copy of m as c says, proves the cut and repairs what is left. The proof
// comes before the repair, which changes weights and would hide a wrong cut. The errors of gates are of type *Gate; the Result is then there too.
func PruneModel(ctx context.Context, m *graph.Model, c Config, in Samples, timings map[string]float64) (*Result, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &prepared{Config: c, in: in}
	p.roundToPattern()
	if err := p.simplify(ctx, m, timings); err != nil {
		return nil, err
	}
	if !p.cuts() { // weights alone become zero
		r := p.candidate()
		r.Plan = &group.Plan{Kept: map[*group.Group][]int{}}
		return r, r.carryOut(ctx, p, timings)
	}
	err := p.study(ctx, timings, c.Criterion)
	r := p.candidate()
	if err != nil {
		return r, err
	}
	err = staged(timings, "plan", func() error { return r.plan(ctx, p, p.choices[0]) })
	if err != nil {
		return r, err
	}
	return r, r.carryOut(ctx, p, timings)
}

// carryOut does what the plan says: the cut, its proof and the repair.
func (r *Result) carryOut(ctx context.Context, p *prepared, timings map[string]float64) error {
	c := p.Config
	err := staged(timings, "cut", func() error {
		c.progress("cut", 0, 0)
		return r.cut(ctx)
	})
	if err != nil {
		return err
	}
	if !c.NoProof {
		err = staged(timings, "proof", func() error {
			c.progress("proof", 0, 0)
			return r.prove(ctx, p.original, c, p.in.Proof)
		})
		if err != nil {
			return err
		}
	}
	if err := r.answer(ctx, c, p.in, timings); err != nil {
		return err
	}
	return missed(c.Budget, r)
}

// missed is the failed gate of a budget that is not met; nil when it is, or there is none.
func missed(b budget.Budget, r *Result) error {
	switch o := r.Outcome; {
	case o == nil || o.Met:
		return nil
	case r.Predicted != nil:
		return &Gate{fmt.Sprintf("budget: latency of %g is not met, measured is %.4g: %s", b.Keep, o.Reached, o.Why)}
	default:
		return &Gate{fmt.Sprintf("budget: %s of %g cannot be reached, the least is %.4g: %s", b.Metric, b.Keep, o.Reached, o.Why)}
	}
}

// answer changes the weights that are left: repairs what a cut did, and sets some to zero, last, so that no repair fills them
// again.
func (r *Result) answer(ctx context.Context, c Config, in Samples, timings map[string]float64) error {
	if c.cuts() && c.recovers() {
		if err := staged(timings, "repair", func() error { return r.repair(ctx, c, in) }); err != nil {
			return err
		}
	}
	if c.sparse() {
		return staged(timings, "sparsity", func() error { return r.sparsify(ctx, c, in) })
	}
	return nil
}

// staged notes how long f takes.
func staged(timings map[string]float64, name string, f func() error) error {
	start := time.Now()
	err := f()
	if timings != nil {
		timings[name] += time.Since(start).Seconds()
	}
	return err
}

// cut removes the units and what that leaves without use.
func (r *Result) cut(ctx context.Context) error {
	var err error
	r.Cut, err = cutBy(ctx, r.Simplified, r.Analysis, r.Plan)
	return err
}

// prove runs the proof that simplification and cut are right; when it is not, that is a failed gate.
func (r *Result) prove(ctx context.Context, original *graph.Model, c Config, feeds map[string]*graph.Tensor) error {
	if feeds == nil {
		var err error
		if feeds, err = Synthetic(r.Simplified, c.Dims, proofCount(r.Simplified, c.Dims), c.Seed); err != nil {
			return fmt.Errorf("proof: %w", err)
		}
	}
	if err := runtime.Runs(r.Simplified); err != nil {
		return fmt.Errorf("proof: the model cannot be run here, only --no-proof --recovery none cuts it: %w", err)
	}
	simplified, known, err := proveSimplified(ctx, original, r.Simplified, feeds, c.Threads)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	if r.Proof, err = proveCut(ctx, r.Simplified, r.Cut, r.Analysis, r.Plan, feeds, c.Threads); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	if known {
		r.Proof.Simplified = &simplified
	}
	if known && simplified > r.Proof.Tolerance {
		r.Proof.Passed = false
		return &Gate{fmt.Sprintf("proof: the original and the simplified original differ by %.3g of the largest output, tolerance %.3g", simplified, r.Proof.Tolerance)}
	}
	if !r.Proof.Passed && r.Proof.MaxRelDiff <= r.Proof.Tolerance {
		return &Gate{"proof: every output is empty, NaN or infinite on these inputs, so that they prove nothing; want others, see --calibration"}
	}
	if !r.Proof.Passed {
		return &Gate{fmt.Sprintf("proof: cut and mask differ by %.3g of the largest output, tolerance %.3g", r.Proof.MaxRelDiff, r.Proof.Tolerance)}
	}
	return nil
}

// IsGate reports whether err is a failed gate.
func IsGate(err error) bool {
	var g *Gate
	return errors.As(err, &g)
}
