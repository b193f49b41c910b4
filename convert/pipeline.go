package convert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// Result is a pruned model in memory and what was learnt on the way.
type Result struct {
	// Simplified is the original with constants folded, BatchNormalization fused and dead
	// code gone; Cut is it without the removed units.
	Simplified, Cut *graph.Model
	Analysis        *group.Analysis
	Plan            *group.Plan
	Outcome         *budget.Outcome
	Proof           *Proof // nil when it was skipped
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
	s, _ := m.Clone()
	if err := passes.Run(ctx, s, simplify.All()); err != nil {
		return nil, nil, err
	}
	a, err := group.Find(s)
	return s, a, err
}

// PruneModel cuts a copy of m as c says, proves the cut and repairs what is left. The proof
// comes before the repair, which changes weights and would hide a wrong cut. The errors of gates are of type *Gate; the Result is then there too.
func PruneModel(ctx context.Context, m *graph.Model, c Config, in Samples, timings map[string]float64) (*Result, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	r := &Result{}
	err := staged(timings, "simplify", func() (err error) {
		c.progress("simplify", 0, 0)
		r.Simplified, r.Analysis, err = Simplify(ctx, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = staged(timings, "plan", func() error {
		c.progress("plan", 0, 0)
		return r.plan(ctx, m, c, in)
	})
	if err != nil {
		return r, err
	}
	err = staged(timings, "cut", func() error {
		c.progress("cut", 0, 0)
		return r.cut(ctx)
	})
	if err != nil {
		return r, err
	}
	if !c.NoProof {
		err = staged(timings, "proof", func() error {
			c.progress("proof", 0, 0)
			return r.prove(ctx, c, in.Proof)
		})
		if err != nil {
			return r, err
		}
	}
	if c.recovers() {
		err = staged(timings, "repair", func() error { return r.repair(ctx, c, in.Calibration) })
		if err != nil {
			return r, err
		}
	}
	if !r.Outcome.Met {
		return r, &Gate{fmt.Sprintf("budget: %s of %g cannot be reached, the least is %.4g: %s", c.Budget.Metric, c.Budget.Keep, r.Outcome.Reached, r.Outcome.Why)}
	}
	return r, nil
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

// plan scores the units and chooses which stay.
func (r *Result) plan(ctx context.Context, original *graph.Model, c Config, in Samples) error {
	if len(r.Analysis.Groups) == 0 {
		return &Gate{"nothing can be removed: the model has no free group; inspect says what pins each axis"}
	}
	criterion, err := saliency.Lookup(c.Criterion)
	if err != nil {
		return err
	}
	solver, err := budget.LookupSolver(c.Solver)
	if err != nil {
		return err
	}
	known, err := r.statistics(ctx, c, criterion, in)
	if err != nil {
		return err
	}
	if os.Getenv("ROT") != "" {
		feeds, err := Synthetic(r.Simplified, c.Dims, proofSamples, c.Seed)
		if err != nil {
			return err
		}
		e := runtime.Evaluator{Threads: c.Threads}
		w, err := e.Evaluate(ctx, r.Simplified, feeds)
		if err != nil {
			return err
		}
		rs := rotation.Apply(r.Analysis, known)
		h, err := e.Evaluate(ctx, r.Simplified, feeds)
		if err != nil {
			return err
		}
		_, rel, _ := difference(w, h)
		c.progress(fmt.Sprint("rotated ", rs, rel), 0, 0)
	}
	scores, err := saliency.Scores(ctx, criterion, saliency.Input{
		Model: r.Simplified, Original: original, Analysis: r.Analysis, Seed: c.Seed, Reduction: c.Reduction, Normalization: c.Normalization,
		Statistics: known, Threads: c.Threads,
	})
	if err != nil {
		return err
	}
	cost, err := budget.NewCostModel(r.Simplified, r.Analysis, c.Dims)
	if err != nil {
		return err
	}
	r.Plan, r.Outcome, err = solver.Solve(r.Analysis.Groups, scores, c.relative(original, cost), cost)
	if n, _ := strconv.Atoi(os.Getenv("SENS")); err == nil && n > 0 {
		sn, e := newSensor(ctx, r, c, in.Calibration, known)
		if e != nil {
			return e
		}
		own := maps.Clone(scores)
		for range n {
			if e := sn.sharpen(ctx, scores, own, r.Plan); e != nil {
				return e
			}
			c.progress(fmt.Sprint("measured ", sn.count), 0, 0)
			r.Plan, r.Outcome, err = solver.Solve(r.Analysis.Groups, scores, c.relative(original, cost), cost)
		}
	}
	if err == nil {
		r.Outcome.Reached *= c.share(original, cost)
	}
	return err
}

// share is the simplified model's part of what the original takes: simplification
// alone removes parameters, and the user's budget is stated in those of the file.
func (c *Config) share(original *graph.Model, cost *budget.CostModel) float64 {
	params, macs, _ := Count(original, c.Dims)
	switch {
	case c.Budget.Metric == budget.Params && params > 0:
		return float64(cost.Base().Params) / float64(params)
	case c.Budget.Metric == budget.MACs && macs > 0:
		return float64(cost.Base().MACs) / float64(macs)
	}
	return 1
}

// relative states the budget in fractions of the simplified model. A whole model kept with a price on it asks for nothing.
func (c *Config) relative(original *graph.Model, cost *budget.CostModel) budget.Budget {
	b := c.Budget
	if share := c.share(original, cost); share > 0 {
		if b.Lambda == 0 || b.Keep < 1 {
			b.Keep = min(1, b.Keep/share)
		}
		b.Lambda *= share
	}
	return b
}

// cut removes the units and what that leaves without use.
func (r *Result) cut(ctx context.Context) error {
	var err error
	if r.Cut, err = surgery.Cut(r.Simplified, r.Analysis, r.Plan); err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	return passes.Run(ctx, r.Cut, []passes.Pass{simplify.DeadCode, simplify.Infer})
}

// prove runs the proof that the cut is right; when it is not, that is a failed gate.
func (r *Result) prove(ctx context.Context, c Config, feeds map[string]*graph.Tensor) error {
	if feeds == nil {
		var err error
		if feeds, err = Synthetic(r.Simplified, c.Dims, proofSamples, c.Seed); err != nil {
			return fmt.Errorf("proof: %w", err)
		}
	}
	if _, err := runtime.Compile(r.Simplified, runtime.Options{Threads: c.Threads}); err != nil {
		return fmt.Errorf("proof: the model cannot be run here, only --no-proof --recovery none cuts it: %w", err)
	}
	var err error
	if r.Proof, err = proveCut(ctx, r.Simplified, r.Cut, r.Analysis, r.Plan, feeds, c.Threads); err != nil {
		return fmt.Errorf("proof: %w", err)
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
