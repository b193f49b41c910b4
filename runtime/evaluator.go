package runtime

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
)

// Evaluator runs models that change between runs: what the passes ask for when they need one run.
// The zero Evaluator uses all processors.
type Evaluator struct {
	Threads   int
	Reference bool // see Options
}

// Evaluate compiles m and computes its outputs by name from its inputs by name.
func (e Evaluator) Evaluate(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	s, err := Compile(m, Options{Threads: e.Threads, Reference: e.Reference})
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, feeds)
}
