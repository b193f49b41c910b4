// Package passes is the framework in which a model is changed. A Pass is a value; Run runs a table of them, once the
// table has been checked, and checks the model after each.
package passes

import (
	"context"
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/graph"
)

// Fact is something that one pass establishes about a model and another relies on.
type Fact string

// Pass is one transformation of a model.
type Pass struct {
	Name, Doc string
	// Needs are the facts that must hold before the pass runs, Gives those that hold once it has run, and Breaks those
	// that may no longer hold if it changed anything.
	Needs, Gives, Breaks []Fact
	// Run changes the model in place and reports whether it did.
	Run func(context.Context, *graph.Model) (changed bool, err error)

	repeated []Pass // by a Fixpoint
}

// Run runs the passes in order. It fails before the first of them if one needs a fact that will not hold when its turn
// comes. It stops when a pass fails or leaves the model in a state that Check rejects.
func Run(ctx context.Context, m *graph.Model, table []Pass) error {
	if err := checkOrder(table, map[Fact]bool{}); err != nil {
		return err
	}
	_, err := runOnce(ctx, m, table)
	return err
}

// runOnce runs each pass of a table and reports whether any changed the model.
func runOnce(ctx context.Context, m *graph.Model, table []Pass) (changed bool, err error) {
	for _, p := range table {
		if err := ctx.Err(); err != nil {
			return changed, err
		}
		c, err := p.Run(ctx, m)
		changed = changed || c
		if err != nil {
			return changed, fmt.Errorf("%s: %w", p.Name, err)
		}
		if err := m.Check(); err != nil {
			return changed, fmt.Errorf("%s left a broken graph: %w", p.Name, err)
		}
	}
	return changed, nil
}

// checkOrder reports the first pass of the table that needs a fact which does not hold by then. holds is the set of
// facts that hold before the table; checkOrder updates it to those that hold after it.
func checkOrder(table []Pass, holds map[Fact]bool) error {
	for _, p := range table {
		for _, f := range p.Needs {
			if !holds[f] {
				return fmt.Errorf("pass %s needs %q, which does not hold where it stands in the table", p.Name, f)
			}
		}
		if p.repeated != nil {
			round := maps.Clone(holds)
			for range 2 { // what holds before the second round holds before any later one
				if err := checkOrder(p.repeated, round); err != nil {
					return fmt.Errorf("%s: %w", p.Name, err)
				}
			}
		}
		for _, f := range p.Breaks {
			delete(holds, f)
		}
		for _, f := range p.Gives {
			holds[f] = true
		}
	}
	return nil
}

// maxRounds bounds Fixpoint. Each round removes or folds something, so models need far fewer.
const maxRounds = 100

// Fixpoint is a pass that runs a table again and again until nothing changes. It gives all that the passes of the table
// give, because the last round breaks nothing.
func Fixpoint(name, doc string, table ...Pass) Pass {
	p := Pass{Name: name, Doc: doc, repeated: table}
	for _, q := range table {
		p.Gives = append(p.Gives, q.Gives...)
		p.Breaks = append(p.Breaks, q.Breaks...)
	}
	p.Run = func(ctx context.Context, m *graph.Model) (bool, error) {
		for round := range maxRounds {
			changed, err := runOnce(ctx, m, table)
			if err != nil || !changed {
				return changed || round > 0, err
			}
		}
		return true, fmt.Errorf("still changing after %d rounds", maxRounds)
	}
	return p
}
