package op

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// A few bytes of constants may become as many as one likes by the nodes that read them, forty Concats of a constant with
// itself a million million. Whoever computes constants before a model runs, to fold them or to make a session ready, does so
// out of an Allowance: so many bytes and multiply-accumulates for any model, and so many more for each byte of its weights, which
// may be halves or four bits wide and products of two thin ones. What goes beyond is left to the run, where what it takes
// is known before.
const (
	allowedBytes, bytesPerByte = 4 << 20, 8
	allowedMACs, macsPerByte   = 1 << 28, 16
)

// Allowance is what constants that are computed may still take.
type Allowance struct{ bytes, macs int64 }

// NewAllowance is that of a model with the constants of g and of the graphs inside; g may be nil.
func NewAllowance(g *graph.Graph) *Allowance {
	weights := weigh(g)
	return &Allowance{memory.Sum(allowedBytes, memory.Product(bytesPerByte, weights)), memory.Sum(allowedMACs, memory.Product(macsPerByte, weights))}
}

// NoAllowance computes no constants before a run, but those that cost nothing.
func NoAllowance() *Allowance { return &Allowance{} }

// weigh is the bytes of g's constants.
func weigh(g *graph.Graph) int64 {
	if g == nil {
		return 0
	}
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

// Takes reports whether n, a node with inferred types that reads constants alone, may be computed, and counts it then. What
// is not known before is bounded by its inputs and costs nothing, and so does a Constant, which is there.
func (a *Allowance) Takes(n *graph.Node) bool {
	if n == nil || n.Op == "Constant" && n.Domain == "" {
		return true
	}
	bytes, macs := work(n)
	if bytes > a.bytes || macs > a.macs {
		return false
	}
	a.bytes -= bytes
	a.macs -= macs
	return true
}

// work is the bytes that n makes and its multiply-accumulates, as far as they are known.
func work(n *graph.Node) (bytes, macs int64) {
	for _, v := range n.Outputs() {
		if v != nil {
			b, _ := v.Type.Bytes()
			bytes = memory.Sum(bytes, b)
		}
	}
	if d := Lookup(n); d != nil && d.Cost != nil {
		if m, known := d.Cost(n).MACs.Value(); known {
			macs = int64(m)
		}
	}
	return bytes, macs
}
