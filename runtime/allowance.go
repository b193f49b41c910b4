package runtime

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
)

// Constants that nodes compute are computed once, when the model is made ready, and stay in memory. A few bytes may become
// as many as one likes on the way, so that this has an allowance: in bytes, some for any model and some for each byte of its
// weights, which may be halves or four bits wide; and in multiply-accumulates. What goes beyond is computed at each run,
// with what that takes known before.
const (
	allowedBytes  = 64 << 20
	allowedFactor = 8
	allowedMACs   = 1 << 30
)

// allowance is what computed constants may still take.
type allowance struct{ bytes, macs int64 }

// newAllowance is that of a model with the initializers of g and of the graphs inside.
func newAllowance(g *graph.Graph) *allowance {
	return &allowance{memory.Sum(allowedBytes, memory.Product(allowedFactor, weigh(g))), allowedMACs}
}

// weigh is the bytes of g's constants.
func weigh(g *graph.Graph) int64 {
	n := int64(0)
	for _, v := range g.Initializers {
		n = memory.Sum(n, v.Const.Bytes())
	}
	for _, node := range g.Nodes {
		if a := node.Attr("value"); a != nil && a.Tensor != nil {
			n = memory.Sum(n, a.Tensor.Bytes())
		}
		for _, sub := range node.Subgraphs() {
			n = memory.Sum(n, weigh(sub))
		}
	}
	return n
}

// takes reports whether n, a node with inferred types, may be computed now, and counts it then. What is not known before
// is bounded by its inputs and costs nothing.
func (a *allowance) takes(d *op.Def, n *graph.Node) bool {
	if n == nil || n.Op == "Constant" {
		return true
	}
	bytes, macs := int64(0), int64(0)
	for _, v := range n.Outputs() {
		if v != nil {
			b, _ := v.Type.Bytes()
			bytes = memory.Sum(bytes, b)
		}
	}
	if d.Cost != nil {
		if m, known := d.Cost(n).MACs.Value(); known {
			macs = int64(m)
		}
	}
	if bytes > a.bytes || macs > a.macs {
		return false
	}
	a.bytes -= bytes
	a.macs -= macs
	return true
}
