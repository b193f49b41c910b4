package canonical

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Inline is m, or where it has functions of its own a copy in which what they run stands in the place of their
// calls: what is counted and compared is in there.
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
