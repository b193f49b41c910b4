package recovery

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// matrixForm is a Gemm or MatMul with a constant matrix on the right: a row is all of x but
// its last axis.
type matrixForm struct {
	cols, outs int
	put        func(weights, bias []float64)
}

func (f *matrixForm) output(y *graph.Tensor, row int) (at, stride int) {
	return row * y.Shape()[y.Rank()-1], 1
}

func (f *matrixForm) inputs(dst []float64, ld int, x *graph.Tensor, _ int, rows []int) error {
	data := graph.Data[float32](x)
	for i, row := range rows {
		out := dst[i*ld:][:f.cols]
		for j, v := range data[row*f.cols:][:f.cols] {
			out[j] = float64(v)
		}
	}
	return nil
}

func (f *matrixForm) write(weights, bias []float64) error {
	f.put(weights, bias)
	return nil
}

// gemmLinear sees a Gemm, alpha A B + beta C, as a linear node.
func gemmLinear(n *graph.Node, w *graph.Tensor) (*linear, error) {
	alpha, beta := float64(n.Float("alpha", 1)), float64(n.Float("beta", 1))
	if w.Rank() != 2 || n.Int("transA", 0) != 0 || alpha == 0 {
		return nil, nil
	}
	turned := n.Int("transB", 0) != 0 // B is outs x cols as our weights are
	shape := w.Shape()
	cols, outs := shape[0], shape[1]
	weights := floats(w)
	if turned {
		cols, outs = outs, cols
	} else {
		weights = transposed(weights, cols, outs)
	}
	l := &linear{node: n, groups: 1, cols: cols, outs: outs, weights: scaled(weights, alpha), axis: 1, result: n.Out(0)}
	switch c := fixed(n, 2); {
	case beta == 0:
	case n.In(2) == nil:
		l.bias = make([]float64, outs)
	case c != nil && c.Len() == outs && lastIs(c, outs):
		l.bias = scaled(floats(c), beta)
	case c != nil && c.Len() == 1: // the same for all outputs, up to now
		l.bias = slices.Repeat(scaled(floats(c), beta), outs)
	default: // computed, or another for each row
		return nil, nil
	}
	l.form = &matrixForm{cols, outs, func(weights, bias []float64) {
		weights = scaled(weights, 1/alpha)
		if !turned {
			weights = transposed(weights, outs, cols)
		}
		n.SetConstInput(1, constant(weights, shape...))
		if bias != nil {
			n.SetConstInput(2, constant(scaled(bias, 1/beta), outs))
		}
	}}
	return l, nil
}

// lastIs reports whether t's last axis has that extent.
func lastIs(t *graph.Tensor, extent int) bool { return t.Rank() > 0 && t.Shape()[t.Rank()-1] == extent }

// matmulLinear sees a MatMul, and the Add of a constant bias behind it, as a linear node.
func matmulLinear(n *graph.Node, w *graph.Tensor) (*linear, error) {
	rank := len(n.In(0).Type.Shape)
	if w.Rank() != 2 || rank < 2 {
		return nil, nil
	}
	cols, outs := w.Shape()[0], w.Shape()[1]
	l := &linear{
		node: n, groups: 1, cols: cols, outs: outs,
		weights: transposed(floats(w), cols, outs), axis: rank - 1, result: n.Out(0),
	}
	add, at := biasAdd(n, outs)
	var shape []int
	if add != nil {
		b := add.In(at).Const
		l.bias, l.result, shape = floats(b), add.Out(0), b.Shape()
	}
	l.form = &matrixForm{cols, outs, func(weights, bias []float64) {
		n.SetConstInput(1, constant(transposed(weights, outs, cols), cols, outs))
		if bias != nil {
			add.SetConstInput(at, constant(bias, shape...))
		}
	}}
	return l, nil
}

// biasAdd is the Add of a vector along the last axis that alone reads n's output, and the index of
// that vector among its inputs; nil when there is none.
func biasAdd(n *graph.Node, outs int) (*graph.Node, int) {
	add := onlyReader(n.Out(0))
	if add == nil || add.Op != "Add" || add.Domain != "" {
		return nil, 0
	}
	for i := range 2 {
		if c := fixed(add, i); c != nil && c.Len() == outs && lastIs(c, outs) && add.In(1-i) == n.Out(0) &&
			c.Rank() <= len(n.Out(0).Type.Shape) {
			return add, i
		}
	}
	return nil, 0
}

// onlyReader is the one node that reads v, once; nil when there are more or v is an output.
func onlyReader(v *graph.Value) *graph.Node {
	if v == nil || len(v.Uses()) != 1 || v.IsOutput() {
		return nil
	}
	return v.Uses()[0].Node
}
