package op

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// A few bytes of constants can become any number of bytes through the nodes that read them: forty
// Concats of a constant with itself multiply it by a million million. So constants that are
// computed before a model runs, to fold them or to prepare a session, are computed within an
// Allowance. It is a number of bytes and multiply-accumulates for any model, plus more for each
// byte of its weights, which may be half floats or four bits wide, or products of two thin
// matrices. What exceeds it is left to the run, where its cost is known beforehand.
const (
	allowedBytes, bytesPerByte = 4 << 20, 8
	allowedMACs, macsPerByte   = 1 << 28, 16
)

// Allowance is what computed constants may still cost.
type Allowance struct{ bytes, macs int64 }

// NewAllowance returns the allowance of a model with the constants of g and its subgraphs; g may be nil.
func NewAllowance(g *graph.Graph) *Allowance {
	weights := weigh(g)
	return &Allowance{memory.Sum(allowedBytes, memory.Product(bytesPerByte, weights)), memory.Sum(allowedMACs, memory.Product(macsPerByte, weights))}
}

// NoAllowance allows only constants that cost nothing before a run.
func NoAllowance() *Allowance { return &Allowance{} }

// weigh returns the bytes of g's constants.
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

// Takes reports whether n, a node with inferred types that reads constants alone, may be computed, and if so deducts its
// cost. An output of unknown size is bounded by its inputs and costs nothing, and so does a Constant, which exists
// already.
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

// work returns the bytes that n makes and its multiply-accumulates, as far as they are known.
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
