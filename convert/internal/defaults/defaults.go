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
	// DefaultCriterion is used if the model can be run.
	DefaultCriterion = saliency.Default
	// FallbackCriterion reads weights only.
	FallbackCriterion = saliency.DataFree
	// AdditiveSolver goes with criteria whose scores are errors. FallbackSolver goes with all
	// others, and with budgets that ask for the same share of every width.
	AdditiveSolver, FallbackSolver = "error", "uniform"
	// WeighingSolver solves for a price instead of a budget.
	WeighingSolver = "lambda"
)

const (
	// NoRecovery names the choice to leave a cut model as it is.
	NoRecovery = "none"
	// AutoRecovery names the choice of DefaultRecovery if there are data or made-up inputs are
	// worth their cost, of StatisticsRecovery if there are only statistics, and else of NoRecovery.
	AutoRecovery = "auto"
	// DefaultRecovery repairs from data, StatisticsRecovery from statistics alone.
	DefaultRecovery, StatisticsRecovery = "leastsquares", "merge"
)

const (
	// minSynthetic is the fewest made-up inputs that anything can be learnt from. They are made up even
	// if they take more work than the effort grants, up to mostOver times as much: noise tells little
	// about what a network sees, and a network that would take longer is better cut by its weights.
	minSynthetic = 16
	mostOver     = 50
	// runsPerSample is how often the network runs on each sample: once for the criterion and,
	// during the repair, the original once and the cut model twice.
	runsPerSample = 4
	// solveCubes is the cost of factoring and inverting for one linear node, in cubes of its
	// columns, for the choice and the repair together.
	solveCubes = 4
)

// Request is what the user asked for; an empty name leaves the choice open.
type Request struct {
	Solver, Criterion, Recovery string
	// Data and Statistics report which of them are available.
	Data, Statistics bool
	// Work bounds the multiply-accumulates spent on made-up inputs that nobody asked for.
	Work float64
}

// Resolved is what is going to be done.
type Resolved struct {
	Criterion string // empty for the default, if the model can be run
	Recovery  string
	Synthetic int    // inputs to make up if there are no data
	Note      string // what is left undone, and why
}

// Resolve decides what the request leaves open for m: the recovery, the number of made-up inputs,
// and whether such inputs are worth their cost if nobody asked for them.
func Resolve(m *graph.Model, a Request, dims map[string]int) Resolved {
	to := Resolved{Criterion: a.Criterion, Recovery: a.Recovery, Synthetic: samples.SyntheticCount}
	recovery := func(name string) Resolved {
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
	if err == nil && (how.Additive || how.Weighs) || named || runtime.Runs(m) != nil { // asked for; or no inputs will run, which is reported where they are needed
		return recovery(DefaultRecovery)
	}
	count, work := affordableSynthetic(m, dims, a.Work)
	if count > 0 {
		if to.Synthetic = count; count < samples.SyntheticCount {
			to.Note = fmt.Sprintf("%d inputs are made up instead of %d, because they take %.2g multiply-accumulates; use --calibration with real data, or a higher --effort", count, samples.SyntheticCount, work)
		}
		return recovery(DefaultRecovery)
	}
	what := "nothing is repaired"
	if to.Criterion == "" {
		to.Criterion = FallbackCriterion
		what = "units are chosen by " + FallbackCriterion + " and " + what
	}
	to.Note = fmt.Sprintf("%s: made-up inputs would take %.2g multiply-accumulates, more than the limit of %.2g, and say little about the network; use --calibration with real data",
		what, work, mostOver*a.Work)
	return recovery(NoRecovery)
}

// Recovers reports whether the named recovery repairs anything.
func Recovers(name string) bool { return name != "" && name != NoRecovery }
