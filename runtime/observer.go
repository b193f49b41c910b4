package runtime

import (
	"context"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Observer runs a model over many batches and shows every node's inputs and outputs: what a
// pass asks for that collects statistics. The zero Observer uses all processors.
type Observer struct{ Threads int }

// Observe compiles m, runs it on every batch and calls visit after every node, see Session.RunAll.
func (o Observer) Observe(ctx context.Context, m *graph.Model, batches iter.Seq2[map[string]*graph.Tensor, error],
	visit func(n *graph.Node, in, out []*graph.Tensor) error) error {
	s, err := Compile(m, Options{Threads: o.Threads})
	if err != nil {
		return err
	}
	for feeds, err := range batches {
		if err != nil {
			return err
		}
		if _, err := s.RunAll(ctx, feeds, visit); err != nil {
			return err
		}
	}
	return nil
}
