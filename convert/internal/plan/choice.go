package plan

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/target"
	"github.com/pollard-dev/pollard/runtime"
)

// Options are the parameters of the choice of units.
type Options struct {
	Budget budget.Budget
	// Solver distributes the budget over the groups: see budget.Solvers. Empty selects the one that
	// suits the criterion and the budget.
	Solver string
	// Criterion scores units: see saliency.All. Empty selects defaults.DefaultCriterion or, if the
	// model cannot be run, one that reads weights only.
	Criterion string
	// NoMeasure takes the scores themselves for errors at the outputs.
	NoMeasure bool
	// Rounds is the number of rounds in which units are chosen, each on the repaired network that
	// the previous one left; 0 means 1.
	Rounds int
	// Reduction and Normalization combine and scale scores; empty selects the criterion's defaults.
	Reduction, Normalization string
}

// Target returns the target whose widths the plan keeps to: target.None if the budget rounds by itself.
func (o *Options) Target() target.Target {
	name := o.Budget.Target.Name
	switch {
	case o.Budget.RoundTo > 0:
		name = target.None
	case name == "":
		name = target.Portable
	default:
		return o.Budget.Target
	}
	t, _ := target.Lookup(name)
	return t
}

// Check returns an error if the options contradict each other, before any work is done. initial
// reports whether there is another checkpoint to compare with.
func (o *Options) Check(initial bool) error {
	solver, criterion := o.Solver, o.Criterion
	if solver == "" {
		solver = defaults.AdditiveSolver
	}
	if criterion == "" {
		criterion = defaults.DefaultCriterion
	}
	how, err := budget.LookupSolver(solver)
	if err != nil {
		return err
	}
	if err := how.Check(o.Budget); err != nil {
		return err
	}
	scores, err := saliency.Lookup(criterion)
	if err != nil {
		return err
	}
	if err := o.checkInitial(scores, initial); err != nil {
		return err
	}
	if how.Weighs && !scores.AddsUp(o.Normalization) {
		return o.DoesNotAddUp()
	}
	switch {
	case o.Rounds < 0:
		return fmt.Errorf("rounds: want 0 or more, have %d", o.Rounds)
	case o.Rounds > 1 && o.Budget.Keep == 1:
		return fmt.Errorf("rounds: want a budget for more than 1, have %d without one", o.Rounds)
	}
	return nil
}

// checkInitial refuses a criterion without the checkpoint that it reads, and a checkpoint that
// nothing reads.
func (o *Options) checkInitial(k saliency.Criterion, initial bool) error {
	switch {
	case k.NeedsInitial && !initial:
		return fmt.Errorf("criterion %s compares with the weights before training: want --initial", k.Name)
	case !k.NeedsInitial && initial:
		return fmt.Errorf("initial: criterion %s does not read it: want one of %s", k.Name, criteriaWhere(func(k saliency.Criterion) bool { return k.NeedsInitial }))
	case k.NeedsInitial && o.Rounds > 1:
		return fmt.Errorf("rounds: criterion %s compares with initial weights, but later rounds see repaired ones: want 1, have %d", k.Name, o.Rounds)
	}
	return nil
}

// DoesNotAddUp returns the error that scores cannot be weighed against size. It names the criteria
// whose scores can.
func (o *Options) DoesNotAddUp() error {
	names := criteriaWhere(func(k saliency.Criterion) bool { return k.Additive })
	have := o.Criterion
	if o.Normalization != "" {
		have += " with normalization " + o.Normalization
	}
	return fmt.Errorf("solver %s: want a criterion whose scores are errors that add up, %s, not normalised, have %s", o.Solver, names, have)
}

// criteriaWhere names the criteria that satisfy ok.
func criteriaWhere(ok func(saliency.Criterion) bool) string {
	var names []string
	for _, k := range saliency.All() {
		if ok(k) {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, " or ")
}

// Choice is a resolved way of choosing units.
type Choice struct {
	Criterion saliency.Criterion
	Solver    budget.Solver
	Runs      bool // the model can be run here
}

// Choose resolves what the options leave open for m. A model that cannot be run here can still be
// cut by its weights.
func (o *Options) Choose(m *graph.Model, s stage.Settings) (ch Choice, err error) {
	unfit := runtime.Runs(m)
	ch.Runs = unfit == nil
	name := o.Criterion
	if name == "" {
		if name = defaults.DefaultCriterion; !ch.Runs {
			s.Report(fmt.Sprintf("units are chosen by %s: the model cannot be run here: %v", defaults.FallbackCriterion, unfit), 0, 0)
			name = defaults.FallbackCriterion
		}
	}
	if ch.Criterion, err = saliency.Lookup(name); err != nil {
		return ch, err
	}
	name = o.Solver
	if name == "" {
		name = defaults.FallbackSolver
		if ch.Criterion.AddsUp(o.Normalization) && o.Budget.Metric != budget.Units {
			name = defaults.AdditiveSolver
		}
	}
	if ch.Solver, err = budget.LookupSolver(name); err != nil {
		return ch, err
	}
	if ch.Solver.Weighs && !ch.Criterion.AddsUp(o.Normalization) { // the model cannot be run
		return ch, o.DoesNotAddUp()
	}
	return ch, nil
}

// measures reports whether the errors that the scores estimate are measured at the outputs.
func (o *Options) measures(ch Choice) bool {
	return !o.NoMeasure && ch.Criterion.AddsUp(o.Normalization) && ch.Solver.Additive
}
