package pipeline

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/distil"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/recovery"
)

// Options say how a model is pruned.
type Options struct {
	Settings stage.Settings
	// Plan says which units go. If it has no budget and Sparsity has a pattern, all of them stay.
	Plan plan.Options
	// Initial is the same network before training or before fine-tuning, for criteria that compare
	// two checkpoints. Messages call it InitialPath.
	Initial     *graph.Model
	InitialPath string
	// NoLossless keeps the units that no output depends on, NoRotation leaves units in their
	// original basis, NoProof skips the proof.
	NoLossless, NoRotation, NoProof bool
	// Recovery repairs the cut model: see recovery.All. Empty or NoRecovery for no repair,
	// AutoRecovery for what suits the data.
	Recovery string
	// Sparsity sets weights of the cut model to zero.
	Sparsity sparsify.Options
	// Distil lets the repaired model learn from the original.
	Distil distil.Options
}

// cuts reports whether units are to be removed. Sparsity without a budget removes none.
func (o *Options) cuts() bool { return o.Plan.Budget.Metric != "" || !o.Sparsity.On() }

// RoundToPattern lets the cut leave widths that the pattern of zeros divides, unless the budget says
// what widths are rounded to.
func (o *Options) RoundToPattern() {
	if o.Plan.Budget.RoundTo == 0 {
		o.Plan.Budget.RoundTo = o.Sparsity.Width()
	}
}

// Check returns an error if the options contradict each other, before any work is done.
func (o *Options) Check() error {
	if err := o.Sparsity.Check(); err != nil {
		return err
	}
	if o.cuts() {
		if err := o.Plan.Check(o.Initial != nil); err != nil {
			return err
		}
	}
	if defaults.Recovers(o.Recovery) && o.Recovery != defaults.AutoRecovery {
		if _, err := recovery.Lookup(o.Recovery); err != nil {
			return fmt.Errorf("%w or %s", err, defaults.NoRecovery)
		}
	}
	if err := o.Distil.Check(); err != nil {
		return err
	}
	if o.Settings.Threads < 0 {
		return fmt.Errorf("threads: want 0 or more, have %d", o.Settings.Threads)
	}
	if _, err := stage.LookupEffort(o.Settings.Effort); err != nil {
		return err
	}
	if o.Settings.Memory < 0 {
		return fmt.Errorf("max-memory: want 0 or more bytes, have %d", o.Settings.Memory)
	}
	for name, n := range o.Settings.Dims {
		if n < 1 {
			return fmt.Errorf("dimension %s: want a positive number, have %d", name, n)
		}
	}
	return nil
}
