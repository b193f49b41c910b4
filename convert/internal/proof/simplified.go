package proof

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Simplified runs the model as it was read and the simplified one on the same inputs: folding,
// fusing and removing free units must not have changed the outputs. It returns the largest
// difference as a fraction of the largest magnitude of its output. known is false if the model
// cannot be run before it is simplified.
//
// A decision, such as which of two scores is greater or what a number rounds to, may fall either
// way on the last bit, and then the outputs after it differ. If outputs differ or are empty,
// Simplified compares what the decisions read and the outputs that precede any decision.
func Simplified(ctx context.Context, original, simplified *graph.Model, feeds map[string]*graph.Tensor, threads int) (rel float64, known bool, err error) {
	if runtime.Runs(original) != nil {
		return 0, false, nil
	}
	names := BeforeDecisions(original.Graph, simplified.Graph)
	e := runtime.Evaluator{Threads: threads}
	want, wantBefore, err := evaluate(ctx, e, original, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the original: %w", err)
	}
	have, haveBefore, err := evaluate(ctx, e, simplified, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the simplified original: %w", err)
	}
	_, rel, err = Difference(want, have)
	if (err != nil || rel > ToleranceOf(simplified) || empty(want)) && len(names) > 0 {
		_, rel, err = Difference(wantBefore, haveBefore)
	}
	return rel, true, err
}
