package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// Infer sets the types of all values from those of the inputs and constants.
var Infer = passes.Pass{
	Name: "infer", Doc: "infers types and shapes", Gives: []passes.Fact{typed},
	Run: func(ctx context.Context, m *graph.Model) (bool, error) {
		made := op.NewConstants(m.Graph)
		for _, n := range m.Graph.Nodes {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if err := op.Infer(n); err != nil {
				return false, err
			}
			if err := made.Hold(n); err != nil {
				return false, err
			}
		}
		return false, nil // never "changed": the types follow from the rest of the graph
	},
}
