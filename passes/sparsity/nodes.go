package sparsity

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/linear"
)

// products are the operators whose weights can be sparse.
var products = map[string]bool{"Conv": true, "ConvTranspose": true, "Gemm": true, "MatMul": true}

// Of returns n as a linear node whose weights can be sparse in the pattern, or nil if it is not one. why says what keeps
// a product of constant weights dense.
func Of(n *graph.Node, p Pattern) (l *linear.Map, why string) {
	if n.Domain != "" || !products[n.Op] {
		return nil, ""
	}
	l = linear.Of(n)
	switch {
	case l == nil:
		return nil, ""
	case l.Groups > 1 && l.Cols == l.Taps:
		return nil, "depthwise"
	case l.Quantized:
		return nil, "quantized"
	case l.W().DType() != graph.Float32 && !l.W().DType().IsHalf():
		return nil, "of type " + l.W().DType().String()
	case p.Fixed() && l.Cols%p.Of != 0:
		return nil, fmt.Sprintf("%d columns are not a multiple of %d", l.Cols, p.Of)
	}
	v := n.In(1 - l.Operand)
	if len(v.Uses()) > 1 || v.IsOutput() {
		return nil, "shared"
	}
	return l, ""
}
