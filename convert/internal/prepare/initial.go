package prepare

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/graph"
)

// Initial maps the constants of simplified to their values in initial, another checkpoint of the
// same network. Errors call that one path.
func Initial(ctx context.Context, simplified, initial *graph.Model, path string) (map[*graph.Value]*graph.Tensor, error) {
	s, _, err := canonical.Simplify(ctx, initial)
	if err != nil {
		return nil, fmt.Errorf("initial %s: %w", path, err)
	}
	pairs, err := checkpoint.Pair(simplified, s)
	if err != nil {
		return nil, fmt.Errorf("initial %s: is not the same network: %w", path, err)
	}
	return pairs.Contents(), nil
}
