package canonical

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Simplify makes a simplified copy of m and finds its groups.
func Simplify(ctx context.Context, m *graph.Model) (*graph.Model, *group.Analysis, error) {
	return SimplifyBy(ctx, m, simplify.All())
}

// SimplifyBy makes a copy of m simplified by the table and finds its groups.
func SimplifyBy(ctx context.Context, m *graph.Model, table []passes.Pass) (*graph.Model, *group.Analysis, error) {
	s, _ := m.Clone()
	if err := passes.Run(ctx, s, table); err != nil {
		return nil, nil, err
	}
	a, err := group.FindContext(ctx, s)
	return s, a, err
}
