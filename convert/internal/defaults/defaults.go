package defaults

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/samples"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/runtime"
)

const (
	// DefaultCriterion scores units where the model can be run.
	DefaultCriterion = saliency.Default
	// FallbackCriterion looks at weights only.
	FallbackCriterion = saliency.DataFree
	// AdditiveSolver is for criteria whose scores are errors, fallbackSolver for all others and for budgets
	// that ask for the same share of every width.
	AdditiveSolver, FallbackSolver = "error", "uniform"
	// WeighingSolver is for a price instead of a budget.
	WeighingSolver = "lambda"
)

const (
	// NoRecovery is the name that leaves a cut model as it is.
	NoRecovery = "none"
	// AutoRecovery repairs by DefaultRecovery where there are data or made-up inputs are worth their while, by
	// StatisticsRecovery where there are nothing but statistics, else not at all.
	AutoRecovery = "auto"
	// DefaultRecovery repairs from data, StatisticsRecovery where there is nothing but statistics of them.
	DefaultRecovery, StatisticsRecovery = "leastsquares", "merge"
)

const (
	// madeUpWork bounds the multiply-accumulates spent on made-up inputs when nobody asked for them: noise tells little of
	// what a network sees, so that a large one, which would take minutes, is better cut by its weights at once.
	madeUpWork = 2e10
	// fewestSynthetic is how many made-up inputs it takes to learn anything from them.
	fewestSynthetic = 16
	// passesOverSamples is how often the network runs on each sample: for the criterion, and in a repair the original and, twice,
	// the cut model.
	passesOverSamples = 4
	// solvedTimes is how many cubes of its columns the choice and the repair of a linear node take: factors and inverses.
	solvedTimes = 4
)

// Asked is what a user said of how to choose and repair; empty names leave it open.
type Asked struct {
	Solver, Criterion, Recovery string
	// Data and Statistics say what there is to learn from.
	Data, Statistics bool
}

// Settled is what is done.
type Settled struct {
	Criterion string // empty: the default where the model can be run
	Recovery  string
	Synthetic int    // inputs that are made up where there is no data
	Note      string // what is left undone, and why
}

// Settle resolves what is left open for m: how it is repaired, how many inputs are made up where there is no data, and whether they are worth their work
// where nobody asked for them.
func Settle(m *graph.Model, a Asked, dims map[string]int) Settled {
	to := Settled{Criterion: a.Criterion, Recovery: a.Recovery, Synthetic: samples.SyntheticCount}
	recovery := func(name string) Settled {
		if a.Recovery == AutoRecovery {
			to.Recovery = name
		}
		return to
	}
	switch {
	case a.Data:
		return recovery(DefaultRecovery)
	case a.Statistics:
		return recovery(StatisticsRecovery)
	}
	how, err := budget.LookupSolver(a.Solver)
	named := a.Recovery != AutoRecovery && (a.Criterion != "" || Recovers(a.Recovery))
	if err == nil && (how.Additive || how.Weighs) || named || runtime.Runs(m) != nil { // asked for, or no inputs will do, which is said where it matters
		return recovery(DefaultRecovery)
	}
	samples, work := affordable(m, dims)
	if samples > 0 {
		to.Synthetic = samples
		return recovery(DefaultRecovery)
	}
	what := "nothing is repaired"
	if to.Criterion == "" {
		to.Criterion = FallbackCriterion
		what = "units are chosen by " + FallbackCriterion + " and " + what
	}
	to.Note = fmt.Sprintf("%s: made-up inputs would take %.2g multiply-accumulates, more than %.2g, and tell little; --calibration with real ones does better", what, work, float64(madeUpWork))
	return recovery(NoRecovery)
}

// Recovers reports whether a recovery of that name repairs anything.
func Recovers(name string) bool { return name != "" && name != NoRecovery }
