package proof

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Simplified runs the model as it was read and the simplified one, from which units are removed, on the same inputs: what
// was folded, fused and removed for nothing must not have changed the outputs. It gives the largest difference as a fraction of the
// largest magnitude of its output; known is false where the model cannot be run before it is simplified.
//
// A decision (which of two scores is greater, what a number is rounded to) may fall either way on a last bit, and then the
// outputs behind it are others. Where outputs differ or are empty, what decisions are made from is compared, and the outputs before any.
func Simplified(ctx context.Context, original, simplified *graph.Model, feeds map[string]*graph.Tensor, threads int) (rel float64, known bool, err error) {
	if runtime.Runs(original) != nil {
		return 0, false, nil
	}
	names := Undecided(original.Graph, simplified.Graph)
	e := runtime.Evaluator{Threads: threads}
	want, wantBefore, err := evaluated(ctx, e, original, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the original: %w", err)
	}
	have, haveBefore, err := evaluated(ctx, e, simplified, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the simplified original: %w", err)
	}
	_, rel, err = Difference(want, have)
	if (err != nil || rel > Tolerance || empty(want)) && len(names) > 0 {
		_, rel, err = Difference(wantBefore, haveBefore)
	}
	return rel, true, err
}
