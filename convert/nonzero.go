package convert

import (
	"context"
	"encoding/binary"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// count fills in what a model consists of; simplified is as in the function count.
func (f *Figures) count(m, simplified *graph.Model, dims map[string]int) {
	f.Params, f.MACs, f.Nodes = count(m, simplified, dims)
	if c, err := withoutCalls(context.Background(), m); err == nil {
		m = c
	}
	f.NonZero = 0
	eachWeight(m.Graph, func(t *graph.Tensor) {
		f.NonZero += nonZeros(t)
		t.Forget() // a file that was mapped for its graph alone must not fill the memory for a count
	})
}

// eachWeight visits the constants that some node of g, or of a graph in it, reads as weights.
func eachWeight(g *graph.Graph, visit func(*graph.Tensor)) {
	for _, v := range g.Initializers {
		if op.IsWeight(v) && len(v.Uses()) > 0 && v.Const.Rank() > 0 {
			visit(v.Const)
		}
	}
	for _, n := range g.Nodes {
		if a := n.Attr("value"); n.Op == "Constant" && a != nil && a.Tensor != nil && a.Tensor.DType().IsFloat() && a.Tensor.Rank() > 0 {
			visit(a.Tensor)
		}
		for _, sub := range n.Subgraphs() {
			eachWeight(sub, visit)
		}
	}
}

// nonZeros counts the elements of t that are not zero, of either sign.
func nonZeros(t *graph.Tensor) (n int64) {
	raw, bits := t.Raw(), t.DType().Bits()
	signed := 0 // bits to shift a sign out, which floating-point numbers of 16 bits and more have in front
	if t.DType().IsFloat() && bits >= 16 {
		signed = 1
	}
	switch {
	case bits == 0:
	case bits < 8:
		for i := range t.Len() {
			if at := i * bits; raw[at/8]>>(at%8)&(1<<bits-1) != 0 {
				n++
			}
		}
	case bits == 32:
		for i := 0; i < len(raw); i += 4 {
			if binary.LittleEndian.Uint32(raw[i:])<<signed != 0 {
				n++
			}
		}
	default:
		n = nonZeroWords(raw, bits/8, signed)
	}
	return n
}

// nonZeroWords counts the words of size bytes of which, shifted to the left by signed, some bit is not 0.
func nonZeroWords(raw []byte, size, signed int) (n int64) {
	for i := 0; i+size <= len(raw); i += size {
		bits := raw[i+size-1] << signed
		for _, b := range raw[i : i+size-1] {
			bits |= b
		}
		if bits != 0 {
			n++
		}
	}
	return n
}
