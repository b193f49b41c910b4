package simplify

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Kept is a node that computes a constant and stays in a simplified model, because the constant is much larger than its
// inputs.
type Kept struct {
	Node     string `json:"node"`
	Operator string `json:"operator"`
	// Shape is that of the first output, Bytes the size of all outputs, or 0 if unknown, and From the size of the
	// inputs.
	Shape string `json:"shape"`
	Bytes int64  `json:"bytes"`
	From  int64  `json:"from_bytes"`
}

// Unfolded lists the nodes of a simplified model that compute constants and were not folded.
func Unfolded(m *graph.Model) []Kept {
	var all []Kept
	for _, n := range m.Graph.Nodes {
		d := op.Lookup(n)
		_, from, fixed := operands(n)
		if d == nil || !fixed || len(n.Subgraphs()) > 0 || n.FirstOut() == nil || n.Op == "DequantizeLinear" && n.Domain == "" {
			continue
		}
		k := Kept{Node: n.Title(), Operator: n.OpName(), Shape: n.FirstOut().Type.String(), From: from}
		for _, v := range n.Outputs() {
			if v != nil {
				b, _ := v.Type.Bytes()
				k.Bytes += b
			}
		}
		all = append(all, k)
	}
	return all
}
