package runtime

import (
	"context"
	"runtime/debug"

	"github.com/pollard-dev/pollard/graph"
)

// Evaluator runs models that change between runs: what the passes ask for when they need one run.
// The zero Evaluator uses all processors.
type Evaluator struct {
	Threads   int
	Reference bool // see Options
}

// largeModel is how many bytes of constants are not to be in memory twice, as they are and in the form that kernels read
// them in, for a single run.
const largeModel = 1 << 30

// Evaluate compiles m and computes its outputs by name from its inputs by name.
func (e Evaluator) Evaluate(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	once := weigh(m.Graph) > largeModel
	if once { // what each node leaves is a large part of what all of them need
		const garbage = 25
		if before := debug.SetGCPercent(garbage); before >= 0 && before < garbage {
			debug.SetGCPercent(before)
		} else {
			defer debug.SetGCPercent(before)
		}
	}
	s, err := Compile(m, Options{Threads: e.Threads, Reference: e.Reference, Once: once})
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, feeds)
}

// weigh is the bytes of g's initializers.
func weigh(g *graph.Graph) (bytes int64) {
	for _, v := range g.Initializers {
		bytes += v.Const.Bytes()
	}
	return bytes
}
