package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// Infer sets the types of all values from those of the inputs and constants.
var Infer = passes.Pass{
	Name: "infer", Doc: "infers types and shapes", Gives: []passes.Fact{Typed},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		// Never "changed": the types follow from the rest of the graph.
		return false, op.InferGraph(m.Graph)
	},
}
