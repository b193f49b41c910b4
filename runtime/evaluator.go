package runtime

import (
	"context"
	"runtime/debug"

	"github.com/pollard-dev/pollard/graph"
)

// Evaluator runs models that change between runs, for passes that need a single run. The zero
// Evaluator uses all processors.
type Evaluator struct {
	Threads   int
	Reference bool // see Options
}

// largeModel is the number of bytes of constants above which a single run does not hold them twice,
// as they are and as kernels pack them.
const largeModel = 1 << 30

// Evaluate compiles m and computes its outputs by name from its inputs by name.
func (e Evaluator) Evaluate(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	once := weigh(m.Graph) > largeModel
	if once { // the garbage of each node is a large part of what the whole run needs
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

// weigh returns the size of g's initializers in bytes.
func weigh(g *graph.Graph) (bytes int64) {
	for _, v := range g.Initializers {
		bytes += v.Const.Bytes()
	}
	return bytes
}
