package canonical

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Simplify returns a simplified copy of m and the groups found in it.
func Simplify(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, error) {
	return SimplifyWith(ctx, m, simplify.All())
}

// SimplifyWith returns a copy of m simplified by the given passes and the groups found in it.
func SimplifyWith(ctx context.Context, m *graph.Model, table []passes.Pass) (*graph.Model, *group.Analysis, error) {
	s, _ := m.Clone()
	if err := passes.Run(ctx, s, table); err != nil {
		return nil, nil, err
	}
	a, err := group.FindContext(ctx, s)
	return s, a, err
}
