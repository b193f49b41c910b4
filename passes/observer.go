package passes

import (
	"context"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Observer runs a model and shows what every node reads and computes, for passes that collect statistics.
type Observer interface {
	// Observe runs m on every batch of inputs by name, in order, and calls visit after each node. The slices in and out
	// are parallel to the node's inputs and outputs, nil where one is omitted, and valid only during the call. Nodes
	// that compute constants are not visited. An error of a batch or of visit stops the run.
	Observe(ctx context.Context, m *graph.Model, batches iter.Seq2[map[string]*graph.Tensor, error],
		visit func(n *graph.Node, in, out []*graph.Tensor) error) error
}

// Stepper computes single nodes, for passes that walk through a model value by value.
type Stepper interface {
	// Step computes the outputs of n from the values that graph.Node.Reads lists: its inputs, nil where one is omitted,
	// and what its subgraphs capture. It does not write to them.
	Step(ctx context.Context, n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error)
}
