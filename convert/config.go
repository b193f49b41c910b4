package convert

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Config says how to prune.
type Config struct {
	Budget budget.Budget
	// Solver distributes the budget over the groups: see budget.Solvers. Empty for the one that goes best with the
	// criterion and the budget.
	Solver string
	// Criterion scores units: see saliency.All. Empty for DefaultCriterion, or one that looks at weights only where the
	// model cannot be run.
	Criterion string
	// Initial is the same network before training or before fine-tuning, which criteria of two checkpoints read; InitialPath is
	// what messages call it.
	Initial     *graph.Model
	InitialPath string
	// NoRotation leaves units in the basis that they come in, NoMeasure takes scores for errors at the outputs as they are.
	NoRotation, NoMeasure bool
	// Rounds is in how many rounds units are chosen, each on the repaired network that the one before left; 0 means 1.
	Rounds int
	// Reduction and Normalization join and scale scores; empty for the criterion's defaults.
	Reduction, Normalization string
	// Recovery repairs what the cut leaves: see recovery.All; empty or NoRecovery for nothing, AutoRecovery for
	// what suits the data.
	Recovery string
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims says what a symbolic dimension counts as in costs and synthetic
	// inputs; one that is absent counts as 1, or as Extents says.
	Dims map[string]int

	// Sparsity sets weights of what is left to zero; without a budget that is all that is done.
	Sparsity Sparsity

	// NoLossless keeps the units that no output depends on, for measuring what they bring.
	NoLossless bool
	// NoProof skips the proof, Force writes the result though a gate failed.
	NoProof, Force bool
	// SparseInitializers writes weights that are mostly zero in ONNX's own form for that, where it takes fewer bytes: see
	// onnx.WriteOptions.
	SparseInitializers bool
	// Threads bounds the runtime's threads; 0 means all processors.
	Threads int
	// Latency measures both models' latency.
	Latency bool

	synthetic int // inputs that are made up where there is no data, see settle

	// Progress, when set, hears how far a stage has come; total is 0 when it is not known.
	Progress func(stage string, done, total int)
}

// check reports what is wrong before any work is done.
func (c *Config) check() error {
	if err := c.Sparsity.check(); err != nil {
		return err
	}
	if c.cuts() {
		if err := c.checkCut(); err != nil {
			return err
		}
	}
	if c.recovers() && c.Recovery != AutoRecovery {
		if _, err := recovery.Lookup(c.Recovery); err != nil {
			return fmt.Errorf("%w or %s", err, NoRecovery)
		}
	}
	if c.Threads < 0 {
		return fmt.Errorf("threads: want 0 or more, have %d", c.Threads)
	}
	for name, n := range c.Dims {
		if n < 1 {
			return fmt.Errorf("dimension %s: want a positive number, have %d", name, n)
		}
	}
	return nil
}

// cuts reports whether units are to be removed: weights alone can be set to zero, too.
func (c *Config) cuts() bool { return c.Budget.Metric != "" || !c.sparse() }

// checkCut is the part of check for what removes units.
func (c *Config) checkCut() error {
	solver, criterion := c.Solver, c.Criterion
	if solver == "" {
		solver = additiveSolver
	}
	if criterion == "" {
		criterion = DefaultCriterion
	}
	how, err := budget.LookupSolver(solver)
	if err != nil {
		return err
	}
	if err := how.Check(c.Budget); err != nil {
		return err
	}
	scores, err := saliency.Lookup(criterion)
	if err != nil {
		return err
	}
	if err := c.checkInitial(scores); err != nil {
		return err
	}
	if how.Weighs && !scores.AddsUp(c.Normalization) {
		return c.doesNotAddUp()
	}
	if c.Rounds < 0 || c.Rounds > 1 && c.Budget.Keep == 1 {
		return fmt.Errorf("rounds: want a positive number, more than 1 with a budget only, have %d", c.Rounds)
	}
	return nil
}

// doesNotAddUp says that scores cannot be weighed against size, and which can.
func (c *Config) doesNotAddUp() error {
	names := criteriaThat(func(k saliency.Criterion) bool { return k.Additive })
	have := c.Criterion
	if c.Normalization != "" {
		have += " with normalization " + c.Normalization
	}
	return fmt.Errorf("solver %s: want a criterion whose scores are errors that add up, %s, not normalised, have %s", c.Solver, names, have)
}

// criteriaThat names the criteria that are so.
func criteriaThat(are func(saliency.Criterion) bool) string {
	var names []string
	for _, k := range saliency.All() {
		if are(k) {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, " or ")
}

// writeOptions says how the pruned model is written.
func (c *Config) writeOptions() onnx.WriteOptions {
	if !c.SparseInitializers {
		return onnx.WriteOptions{}
	}
	return onnx.WriteOptions{Sparse: op.IsWeight}
}

// recovers reports whether the cut model is to be repaired.
func (c *Config) recovers() bool { return c.Recovery != "" && c.Recovery != NoRecovery }

// threads is how many threads there are.
func (c *Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return runtime.GOMAXPROCS(0)
}

func (c *Config) progress(stage string, done, total int) {
	if c.Progress != nil {
		c.Progress(stage, done, total)
	}
}

// Gate is the error of a result that is not good enough: the proof failed, accuracy
// fell by too much, the budget cannot be reached. It is told apart from bad input.
type Gate struct{ Reason string }

// Error is the reason.
func (g *Gate) Error() string { return g.Reason }
