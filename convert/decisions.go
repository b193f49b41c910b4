package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// BeforeDecisions writes a copy of the model at in whose outputs are what it decides by (the scores that TopK chooses among, the boxes
// that NonMaxSuppression drops) and its own outputs that follow from no decision: two runtimes that round differently agree on these, and
// need not on what was decided. It reports false, and writes nothing, where nothing is decided.
func BeforeDecisions(ctx context.Context, in, out string) (_ bool, err error) {
	if err := checkOutput(in, out); err != nil {
		return false, err
	}
	file, err := onnx.Read(in)
	if err != nil {
		return false, err
	}
	defer file.Done(&err)
	g := file.Model.Graph
	if err := op.InferGraph(g); err != nil {
		return false, fmt.Errorf("%s: %w", in, err)
	}
	names := undecided(g, g)
	if len(names) == 0 {
		return false, nil
	}
	g.Outputs = nil
	for _, name := range names {
		g.Outputs = append(g.Outputs, g.Value(name))
	}
	return true, onnx.Write(ctx, out, file.Model, onnx.WriteOptions{})
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
			floats = floats || v != nil && v.Const == nil && v.Type.DType.IsFloat()
		}
		for _, v := range n.Outputs() {
			decides = decides || v != nil && !v.Type.DType.IsFloat()
		}
		if decides = decides && floats && n.Op != "Shape" && n.Op != "Size"; !decides && !follows {
			continue
		}
		for _, v := range n.Reads() {
			watch[v] = watch[v] || v != nil && !decided[v]
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
