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
	nothing := false
	apart := func(a, b *graph.Model) (float64, error) {
		e := runtime.Evaluator{Threads: threads}
		want, err := e.Evaluate(ctx, a, feeds)
		if err != nil {
			return 0, fmt.Errorf("the original: %w", err)
		}
		have, err := e.Evaluate(ctx, b, feeds)
		if err != nil {
			return 0, fmt.Errorf("the simplified original: %w", err)
		}
		nothing = empty(items(want))
		_, rel, err := difference(want, have)
		return rel, err
	}
	rel, err = apart(original, simplified)
	if err == nil && rel <= proofTolerance && !nothing || ctx.Err() != nil {
		return rel, true, err
	}
	names := undecided(original.Graph, simplified.Graph)
	if len(names) == 0 {
		return rel, true, err
	}
	a, errA := onlyWatched(original, names)
	b, errB := onlyWatched(simplified, names)
	if errA != nil || errB != nil {
		return rel, true, err
	}
	rel, err = apart(a, b)
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

// onlyWatched is a copy of m with the values of those names for outputs.
func onlyWatched(m *graph.Model, names []string) (*graph.Model, error) {
	c, err := watched(m, names)
	if err != nil {
		return nil, err
	}
	keep := map[string]bool{}
	for _, name := range names {
		keep[name] = true
	}
	var outputs []*graph.Value
	for _, v := range c.Graph.Outputs {
		if keep[v.Name] {
			outputs = append(outputs, v)
		}
	}
	c.Graph.Outputs = outputs
	return c, nil
}
