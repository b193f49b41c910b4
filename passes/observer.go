package passes

import (
	"context"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Observer runs a model and shows the contents of some of its values, for passes that
// collect statistics.
type Observer interface {
	// Observe runs m on every batch of inputs by name, in order, and calls visit for each of the values once it is
	// computed, in an order that is always the same; inputs come first. The tensor is valid during the call only. Constants are not
	// shown. Halves may be shown as float32 tensors of the same numbers. An error of a batch or of visit ends it.
	Observe(ctx context.Context, m *graph.Model, values []*graph.Value, batches iter.Seq2[map[string]*graph.Tensor, error],
		visit func(v *graph.Value, t *graph.Tensor) error) error
}

// Stepper computes a few nodes at a time, for passes that walk through a model and change it on the way.
type Stepper interface {
	// Step computes nodes of m, as they are now and in the order of m's graph, for each of the batches, one after the other.
	// It reads from a batch what the nodes neither compute themselves nor have as a constant, and adds the wanted values to
	// it before it asks for the next. Values of half precision may be float32 tensors of the same numbers, in what it reads
	// and in what it adds. An error of a batch ends it.
	Step(ctx context.Context, m *graph.Model, nodes []*graph.Node, wanted []*graph.Value, batches iter.Seq2[map[*graph.Value]*graph.Tensor, error]) error
}
