package cut

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// Apply returns a copy of m without the units that p removes.
func Apply(ctx context.Context, m *graph.Model, a *group.Analysis, p *group.Plan) (*graph.Model, error) {
	cut, err := surgery.Cut(m, a, p)
	if err != nil {
		return nil, fmt.Errorf("cut: %w", err)
	}
	return cut, passes.Run(ctx, cut, []passes.Pass{simplify.DeadCode, simplify.Infer})
}
