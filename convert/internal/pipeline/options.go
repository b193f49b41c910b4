package pipeline

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/plan"
	"github.com/pollard-dev/pollard/convert/internal/sparsify"
	"github.com/pollard-dev/pollard/convert/internal/stage"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/recovery"
)

// Options say how a model is pruned.
type Options struct {
	Settings stage.Settings
	// Plan says which units go; they all stay where it has no budget and Sparsity has a pattern.
	Plan plan.Options
	// Initial is the same network before training or before fine-tuning, which criteria of two checkpoints read; InitialPath is
	// what messages call it.
	Initial     *graph.Model
	InitialPath string
	// NoLossless keeps the units that no output depends on, NoRotation leaves units in the basis that they come in, NoProof skips the proof.
	NoLossless, NoRotation, NoProof bool
	// Recovery repairs what the cut leaves: see recovery.All; empty or NoRecovery for nothing, AutoRecovery for what suits the data.
	Recovery string
	// Sparsity sets weights of what is left to zero.
	Sparsity sparsify.Options
}

// cuts reports whether units are to be removed: weights alone can be set to zero, too.
func (o *Options) cuts() bool { return o.Plan.Budget.Metric != "" || !o.Sparsity.On() }

// Check reports what is wrong before any work is done.
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
	if o.Settings.Threads < 0 {
		return fmt.Errorf("threads: want 0 or more, have %d", o.Settings.Threads)
	}
	for name, n := range o.Settings.Dims {
		if n < 1 {
			return fmt.Errorf("dimension %s: want a positive number, have %d", name, n)
		}
	}
	return nil
}
