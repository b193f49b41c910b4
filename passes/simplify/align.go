package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// alignBroadcasts goes before types are inferred, which need what it does.
var alignBroadcasts = passes.Pass{
	Name: "align", Doc: "gives what opsets before 7 broadcast along a named axis the rank that later ones want",
	Run: func(ctx context.Context, m *graph.Model) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if !op.NamesAxis(m.Graph) {
			return false, nil
		}
		return true, op.AlignBroadcasts(m.Graph)
	},
}
