// Package passes is the frame in which a model is changed: a Pass is a value, the
// driver runs a table of them and checks every invariant after each.
package passes

import (
	"context"
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Fact is something a pass establishes and later ones rely on.
type Fact string

// Pass is one transformation of a model.
type Pass struct {
	Name, Doc    string
	Needs, Gives []Fact
	// Run changes the model in place and reports whether it did.
	Run func(context.Context, *graph.Model) (changed bool, err error)
}

// Evaluator runs a model: what passes ask for instead of a runtime, which they do not know.
type Evaluator interface {
	// Evaluate computes the outputs by name from the inputs by name.
	Evaluate(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error)
}

// Observer runs a model and shows what every node reads and computes, for passes that
// collect statistics.
type Observer interface {
	// Observe runs m on every batch of inputs by name, in order, and calls visit after every
	// node: in and out as the node lists them, nil where it leaves one out, valid during
	// the call only. Nodes that compute constants are not visited. An error of a batch
	// or of visit ends it.
	Observe(ctx context.Context, m *graph.Model, batches iter.Seq2[map[string]*graph.Tensor, error],
		visit func(n *graph.Node, in, out []*graph.Tensor) error) error
}

// Stepper computes single nodes, for passes that walk through a model value by value.
type Stepper interface {
	// Step computes the outputs of n from what it reads, as graph.Node.Reads lists it: its inputs, nil
	// where it leaves one out, and what its subgraphs capture. It writes no input.
	Step(ctx context.Context, n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error)
}

// Run runs the passes in order. It fails when a pass fails, needs a fact no
// earlier pass gave, or leaves the model in a state that Check refuses.
func Run(ctx context.Context, m *graph.Model, table []Pass) error {
	given := map[Fact]bool{}
	for _, p := range table {
		for _, f := range p.Needs {
			if !given[f] {
				return fmt.Errorf("pass %s needs %q, which no earlier pass gives", p.Name, f)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := p.Run(ctx, m); err != nil {
			return fmt.Errorf("pass %s: %w", p.Name, err)
		}
		if err := m.Check(); err != nil {
			return fmt.Errorf("pass %s left a broken graph: %w", p.Name, err)
		}
		for _, f := range p.Gives {
			given[f] = true
		}
	}
	return nil
}

// maxRounds bounds Fixpoint: each round removes or folds something, so that
// models converge long before.
const maxRounds = 100

// Fixpoint is a pass that runs the table again and again until nothing changes.
func Fixpoint(name, doc string, table ...Pass) Pass {
	p := Pass{Name: name, Doc: doc}
	for _, q := range table {
		p.Gives = append(p.Gives, q.Gives...)
	}
	p.Run = func(ctx context.Context, m *graph.Model) (bool, error) {
		any := false
		for range maxRounds {
			changed := false
			for _, q := range table {
				if err := ctx.Err(); err != nil {
					return any, err
				}
				c, err := q.Run(ctx, m)
				if err != nil {
					return any, fmt.Errorf("%s: %w", q.Name, err)
				}
				if err := m.Check(); err != nil {
					return any, fmt.Errorf("%s left a broken graph: %w", q.Name, err)
				}
				changed = changed || c
			}
			if !changed {
				return any, nil
			}
			any = true
		}
		return any, fmt.Errorf("no end after %d rounds", maxRounds)
	}
	return p
}
