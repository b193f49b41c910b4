package plan

import (
	"errors"
	"math"
	"testing"

	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// invented makes plans of one group of n units. The predicted latency is the fraction kept; the
// measured one is what truth makes of that.
type invented struct {
	group   *group.Group
	least   int // units that always stay
	truth   func(predicted float64) float64
	solved  int
	timings int
}

func (v *invented) solve(target float64) (*group.Plan, *budget.Outcome, error) {
	v.solved++
	kept := max(v.least, int(target*float64(v.group.Units)))
	reached := float64(kept) / float64(v.group.Units)
	return &group.Plan{Kept: map[*group.Group][]int{v.group: make([]int, kept)}}, &budget.Outcome{Reached: reached, Met: reached <= target}, nil
}

func (v *invented) measure(p *group.Plan) (float64, error) {
	v.timings++
	return v.truth(float64(len(p.Kept[v.group])) / float64(v.group.Units)), nil
}

func TestPlansAreMeasuredUntilTheBudgetIsMet(t *testing.T) {
	same := func(p float64) float64 { return p }
	for _, c := range []struct {
		name       string
		keep       float64
		less       bool
		units      int
		least      int
		truth      func(float64) float64
		have       float64 // finally measured
		within     float64 // tolerance
		mostTimed  int
		leastTimed int
	}{
		{"as predicted", 0.5, false, 1000, 1, same, 0.5, 0.015, 1, 1},
		{"slower than predicted", 0.5, false, 1000, 1, func(p float64) float64 { return 1.4 * p }, 0.5, 0.015, 2, 2},
		{"faster than predicted", 0.5, false, 1000, 1, func(p float64) float64 { return 0.7 * p }, 0.5, 0.015, 2, 2},
		{"a part that stays", 0.5, false, 1000, 1, func(p float64) float64 { return 0.25 + 0.75*p }, 0.5, 0.015, 5, 3},
		{"a part that stays and a price", 0.9, true, 1000, 1, func(p float64) float64 { return 0.5 * p }, 0.45, 1e-9, 1, 1},
		{"over the budget with a price", 0.5, true, 1000, 1, func(p float64) float64 { return 1.4 * p }, 0.5, 0.015, 2, 2},
		{"out of reach", 0.1, false, 1000, 300, same, 0.3, 1e-9, 1, 1},
		{"four units, under it", 0.6, false, 4, 1, same, 0.5, 1e-9, 1, 1}, // or 0.75
		{"two units, nothing near", 0.7, false, 2, 1, func(p float64) float64 { return 0.9 * p }, 0.45, 1e-9, 5, 1},
		{"no time at all", 0.5, false, 10, 1, func(float64) float64 { return 0 }, 0, 1e-9, 1, 1},
		{"never near", 0.5, false, 1000, 1, func(p float64) float64 {
			if p > 0.5 {
				return 0.9
			}
			return 0.3
		}, 0.3, 1e-9, 5, 2},
	} {
		v := &invented{group: &group.Group{Units: c.units}, least: c.least, truth: c.truth}
		a, err := solveMeasured(c.keep, c.less, v.solve, v.measure)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(a.measured-c.have) > c.within || v.timings < c.leastTimed || v.timings > c.mostTimed || v.solved > attempts {
			t.Errorf("%s: want %g, have %g after %d times; solved %d times", c.name, c.have, a.measured, v.timings, v.solved)
		}
		if want := c.truth(a.outcome.Reached); a.measured != want {
			t.Errorf("%s: the outcome is not the plan's: measured %g, want %g", c.name, a.measured, want)
		}
	}
	failed := errors.New("no")
	v := &invented{group: &group.Group{Units: 10}, truth: same}
	if _, err := solveMeasured(0.5, false, v.solve, func(*group.Plan) (float64, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
