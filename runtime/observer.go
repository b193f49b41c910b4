package runtime

import (
	"context"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Observer runs a model over many batches and shows the contents of some of its values, for passes
// that collect statistics. The zero Observer uses all processors.
type Observer struct{ Threads int }

// Observe compiles m, runs it on every batch and calls visit for the values. See Session.Tap.
func (o Observer) Observe(ctx context.Context, m *graph.Model, values []*graph.Value, batches iter.Seq2[map[string]*graph.Tensor, error],
	visit func(v *graph.Value, t *graph.Tensor) error) error {
	s, err := Compile(m, Options{Threads: o.Threads, Taps: values})
	if err != nil {
		return err
	}
	for feeds, err := range batches {
		if err != nil {
			return err
		}
		if _, err := s.Tap(ctx, feeds, visit); err != nil {
			return err
		}
	}
	return nil
}
