package convert

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/runtime"
)

// What Prune does where Config leaves it open, as fixtures/table.sh measured it on the fixtures.
const (
	// DefaultCriterion scores units where the model can be run.
	DefaultCriterion = "obs"
	// fallbackCriterion looks at weights only.
	fallbackCriterion = "l2"
	// additiveSolver is for criteria whose scores are errors, fallbackSolver for all others and for budgets
	// that ask for the same share of every width.
	additiveSolver, fallbackSolver = "error", "uniform"
)

// choice is how units are chosen.
type choice struct {
	criterion saliency.Criterion
	solver    budget.Solver
	runs      bool // whether the model can be run here
}

// choose settles what c leaves open for m. A model that cannot be run here can still be cut by what its weights say.
func (c *Config) choose(m *graph.Model) (ch choice, err error) {
	unfit := runtime.Runs(m)
	ch.runs = unfit == nil
	name := c.Criterion
	if name == "" {
		if name = DefaultCriterion; !ch.runs {
			c.progress(fmt.Sprintf("units are chosen by %s: the model cannot be run here: %v", fallbackCriterion, unfit), 0, 0)
			name = fallbackCriterion
		}
	}
	if ch.criterion, err = saliency.Lookup(name); err != nil {
		return ch, err
	}
	name = c.Solver
	if name == "" {
		name = fallbackSolver
		if ch.criterion.AddsUp(c.Normalization) && c.Budget.Metric != budget.Units {
			name = additiveSolver
		}
	}
	if ch.solver, err = budget.LookupSolver(name); err != nil {
		return ch, err
	}
	if ch.solver.Weighs && !ch.criterion.AddsUp(c.Normalization) { // the model cannot be run
		return ch, c.doesNotAddUp()
	}
	return ch, nil
}

// measures reports whether the errors that scores stand for are measured at the outputs.
func (c *Config) measures(ch choice) bool {
	return !c.NoMeasure && ch.criterion.AddsUp(c.Normalization) && ch.solver.Additive
}
