package proof

import "github.com/pollard-dev/pollard/graph"

// BeforeDecisions names the floating-point values that the decisions of the simplified graph read,
// and those of its outputs that follow from no decision. It lists only values that the original
// computes under the same name, and nothing if the graph decides nothing.
//
// A decision turns floats into something else, as TopK, NonMaxSuppression and comparisons do: it
// may fall either way on the last bit of what it reads.
func BeforeDecisions(original, simplified *graph.Graph) (names []string) {
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
		counterpart := original.Value(v.Name)
		if counterpart == nil || counterpart.Const != nil || v.Const != nil || v.IsInput() || decided[v] || !v.Type.DType.IsFloat() {
			continue
		}
		if watch[v] || v.IsOutput() {
			names = append(names, v.Name)
		}
	}
	return names
}
