package figures

import (
	"context"
	"encoding/binary"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// FillModel sets in f the figures that can be counted in m itself.
func FillModel(f *report.Figures, m *graph.Model, dims map[string]int) {
	f.Params, f.MACs, f.Nodes = Count(m, dims)
	f.NonZero = CountNonZero(m)
}

// CountNonZero counts the weights that are not zero. Unlike Count it reads them all, so it takes
// time in proportion to their size.
func CountNonZero(m *graph.Model) (n int64) {
	if c, err := canonical.Inline(context.Background(), m); err == nil {
		m = c
	}
	eachWeight(m.Graph, func(t *graph.Tensor) {
		n += nonZeros(t)
		t.Forget() // a mapped file must not fill memory because of one count
	})
	return n
}

// eachWeight calls visit for every constant that some node of g or of its subgraphs reads as
// weights.
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

// nonZeros counts the elements of t that are not zero; minus zero counts as zero.
func nonZeros(t *graph.Tensor) (n int64) {
	raw, bits := t.Raw(), t.DType().Bits()
	last := byte(0xff) // mask of the last byte without the sign bit, which is the top bit of every float of 16 bits or more
	if t.DType().IsFloat() && bits >= 16 {
		last = 0x7f
	}
	switch {
	case bits == 0:
	case bits < 8:
		for i := range t.Len() {
			if at := i * bits; raw[at/8]>>(at%8)&(1<<bits-1) != 0 {
				n++
			}
		}
	case bits == 32: // the usual case
		mask := uint32(last)<<24 | 0xffffff
		for ; len(raw) >= 4; raw = raw[4:] {
			if binary.LittleEndian.Uint32(raw)&mask != 0 {
				n++
			}
		}
	default:
		n = nonZeroWords(raw, bits/8, last)
	}
	return n
}

// nonZeroWords counts the words of size bytes in which some bit is set. Of the last byte only the
// bits in last count.
func nonZeroWords(raw []byte, size int, last byte) (n int64) {
	for ; len(raw) >= size; raw = raw[size:] {
		bits := raw[size-1] & last
		for _, b := range raw[:size-1] {
			bits |= b
		}
		if bits != 0 {
			n++
		}
	}
	return n
}
