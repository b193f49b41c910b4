package canonical

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Inline returns m or, if m has functions of its own, a copy in which every call is replaced by the
// function's body. What counts nodes or compares models needs to see those bodies.
func Inline(ctx context.Context, m *graph.Model) (*graph.Model, error) {
	if len(m.Functions) == 0 {
		return m, nil
	}
	c, _ := m.Clone()
	if err := passes.Run(ctx, c, []passes.Pass{simplify.Functions}); err != nil {
		return nil, err
	}
	return c, nil
}
