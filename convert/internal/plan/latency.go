package plan

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

const (
	// latencyWithin is how close the measured latency should come to the budget, latencyTolerance
	// how far it may exceed it.
	latencyWithin, latencyTolerance = 0.03, 0.10
	// attempts bounds how often a plan is made and measured.
	attempts = 5
)

// attempt is a plan with the fraction of the latency that remains.
type attempt struct {
	plan     *group.Plan
	outcome  *budget.Outcome // predicted, as a fraction of the original
	measured float64
}

// distance returns how far the attempt is from keep. An excess beyond latencyWithin counts double.
func (a *attempt) distance(keep float64) float64 {
	d := a.measured - keep
	if d > latencyWithin*keep {
		return 2 * d
	}
	return math.Abs(d)
}

// solveMeasured plans for predicted latencies until the measured one meets keep. It assumes that a
// prediction that was off by some factor will be off by the same factor again. If less is set,
// because a price decides, only an excess is corrected.
func solveMeasured(keep float64, less bool, solve func(target float64) (*group.Plan, *budget.Outcome, error),
	measure func(*group.Plan) (float64, error)) (*attempt, error) {
	var best, last *attempt
	target := keep
	for range attempts {
		a := &attempt{}
		var err error
		if a.plan, a.outcome, err = solve(target); err != nil {
			return nil, err
		}
		if last != nil && maps.EqualFunc(last.plan.Kept, a.plan.Kept, func(x, y []int) bool { return slices.Equal(x, y) }) {
			break
		}
		if a.measured, err = measure(a.plan); err != nil {
			return nil, err
		}
		if best == nil || a.distance(keep) < best.distance(keep) {
			best = a
		}
		last = a
		near := math.Abs(a.measured-keep) <= latencyWithin*keep
		if near || less && a.measured < keep || !a.outcome.Met && a.measured > keep || a.measured <= 0 {
			break
		}
		target = min(1, keep*a.outcome.Reached/a.measured)
	}
	return best, nil
}

// solveMeasured repeats the plan until the model cut by it is measured to meet the budget.
func (s *Selection) solveMeasured(ctx context.Context, solve func(target float64) (*group.Plan, *budget.Outcome, error)) (*group.Plan, *budget.Outcome, error) {
	round := 0
	best, err := solveMeasured(s.Options.Budget.Keep, s.Options.Budget.Lambda > 0, solve, func(p *group.Plan) (float64, error) {
		s.Settings.Report("latency of the plan", round, attempts)
		round++
		cut, err := cut.Apply(ctx, s.subject.Model, s.subject.Analysis, p)
		if err != nil {
			return 0, err
		}
		return s.subject.Timing.Measure(ctx, cut)
	})
	if err != nil {
		return nil, nil, err
	}
	o := *best.outcome
	predicted := o.Reached
	s.Predicted = &predicted
	o.Reached = best.measured
	if o.Met = best.measured <= s.Options.Budget.Keep*(1+latencyTolerance); !o.Met && o.Why == "" {
		o.Why = fmt.Sprintf("%.4g was predicted", predicted)
	}
	return best.plan, &o, nil
}
