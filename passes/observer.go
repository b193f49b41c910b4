package passes

import (
	"context"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

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
