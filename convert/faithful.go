package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// proveSimplified runs the model as it was read and the simplified one, from which units are removed, on the same inputs: what
// was folded, fused and removed for nothing must not have changed the outputs. It gives the largest difference as a fraction of the
// largest magnitude of its output; known is false where the model cannot be run before it is simplified.
//
// A decision (which of two scores is greater, what a number is rounded to) may fall either way on a last bit, and then the
// outputs behind it are others. Where outputs differ or are empty, what decisions are made from is compared, and the outputs before any.
func proveSimplified(ctx context.Context, original, simplified *graph.Model, feeds map[string]*graph.Tensor, threads int) (rel float64, known bool, err error) {
	if runtime.Runs(original) != nil {
		return 0, false, nil
	}
	names := undecided(original.Graph, simplified.Graph)
	e := runtime.Evaluator{Threads: threads}
	want, wantBefore, err := evaluated(ctx, e, original, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the original: %w", err)
	}
	have, haveBefore, err := evaluated(ctx, e, simplified, names, feeds)
	if err != nil {
		return 0, true, fmt.Errorf("the simplified original: %w", err)
	}
	_, rel, err = difference(want, have)
	if (err != nil || rel > proofTolerance || empty(want)) && len(names) > 0 {
		_, rel, err = difference(wantBefore, haveBefore)
	}
	return rel, true, err
}

// undecided names the floating-point values that decisions of the simplified graph are made from, and its outputs that
// follow from none, where the original computes values of these names. It is empty where nothing is decided.
func undecided(original, simplified *graph.Graph) (names []string) {
	decided := map[*graph.Value]bool{}
	watch := map[*graph.Value]bool{}
	for _, n := range simplified.Nodes {
		follows, floats, decides := len(n.Subgraphs()) > 0, false, false
		for _, v := range n.Reads() {
			follows = follows || decided[v]
			floats = floats || v.Const == nil && v.Type.DType.IsFloat()
		}
		for _, v := range n.Outputs() {
			decides = decides || v != nil && !v.Type.DType.IsFloat()
		}
		if decides = decides && floats && n.Op != "Shape" && n.Op != "Size"; !decides && !follows {
			continue
		}
		for _, v := range n.Reads() {
			watch[v] = watch[v] || !decided[v]
		}
		for _, v := range n.Outputs() {
			if v != nil {
				decided[v] = true
			}
		}
	}
	if len(decided) == 0 {
		return nil
	}
	for _, v := range simplified.Values() {
		was := original.Value(v.Name)
		if was == nil || was.Const != nil || v.Const != nil || v.IsInput() || decided[v] || !v.Type.DType.IsFloat() {
			continue
		}
		if watch[v] || v.IsOutput() {
			names = append(names, v.Name)
		}
	}
	return names
}
