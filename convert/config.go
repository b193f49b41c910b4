package convert

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Config says how to prune.
type Config struct {
	Budget budget.Budget
	// Solver distributes the budget over the groups: see budget.Solvers.
	Solver string
	// Criterion scores units: see saliency.All.
	Criterion string
	// Reduction and Normalization join and scale scores; empty for the criterion's defaults.
	Reduction, Normalization string
	// Recovery repairs what the cut leaves: see recovery.All; empty or NoRecovery for nothing.
	Recovery string
	// Seed makes random scores and synthetic inputs repeatable.
	Seed uint64
	// Dims says what a symbolic dimension counts as in costs and synthetic
	// inputs; a symbol that is absent counts as 1.
	Dims map[string]int

	// NoProof skips the proof, Force writes the result though a gate failed.
	NoProof, Force bool
	// Threads bounds the runtime's threads; 0 means all processors.
	Threads int
	// Latency measures both models' latency.
	Latency bool

	// Progress, when set, hears how far a stage has come; total is 0 when it is not known.
	Progress func(stage string, done, total int)
}

// check reports what is wrong before any work is done.
func (c *Config) check() error {
	solver, err := budget.LookupSolver(c.Solver)
	if err != nil {
		return err
	}
	if err := solver.Check(c.Budget); err != nil {
		return err
	}
	criterion, err := saliency.Lookup(c.Criterion)
	if err != nil {
		return err
	}
	if solver.Weighs && !criterion.AddsUp(c.Normalization) {
		return c.doesNotAddUp()
	}
	if c.recovers() {
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

// doesNotAddUp says that scores cannot be weighed against size, and which can.
func (c *Config) doesNotAddUp() error {
	var names []string
	for _, k := range saliency.All() {
		if k.Additive {
			names = append(names, k.Name)
		}
	}
	have := c.Criterion
	if c.Normalization != "" {
		have += " with normalization " + c.Normalization
	}
	return fmt.Errorf("solver %s: want a criterion whose scores are errors that add up, %s, not normalised, have %s", c.Solver, strings.Join(names, " or "), have)
}

// recovers reports whether the cut model is to be repaired.
func (c *Config) recovers() bool { return c.Recovery != "" && c.Recovery != NoRecovery }

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
