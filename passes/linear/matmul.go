package linear

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

func init() { register("MatMul", matmul) }

// matmul reads a product with a constant matrix on the right as a Map: a row is all of x but its last axis. The bias is
// a vector that an Add right behind it adds. https://onnx.ai/onnx/operators/onnx__MatMul.html
func matmul(n *graph.Node, w *graph.Tensor) *Map {
	rank := len(n.In(0).Type.Shape)
	if w.Rank() != 2 || rank < 2 {
		return nil
	}
	cols, outs := w.Shape()[0], w.Shape()[1]
	m := &Map{Groups: 1, Outs: outs, Cols: cols, In: rank - 1, Taps: 1, Out: rank - 1}
	add, at := biasAdd(n, outs)
	if add != nil {
		m.HasBias, m.Result = true, add.Out(0)
		m.layout.bias = func() []float64 { return Floats(add.In(at).Const) }
	}
	m.layout.weights = func() []float64 { return linalg.Transpose(Floats(contents(n, 1)), cols, outs) }
	m.layout.write = func(weights, bias []float64) {
		set(n, 1, w.DType(), linalg.Transpose(weights, outs, cols), cols, outs)
		if bias != nil {
			b := add.In(at).Const
			set(add, at, b.DType(), bias, b.Shape()...)
		}
	}
	return m
}

// biasAdd returns the Add of a vector along the last axis that is the only reader of n's output, and the index of the
// vector among its inputs. It is nil if there is none.
func biasAdd(n *graph.Node, outs int) (*graph.Node, int) {
	add := OnlyReader(n.Out(0))
	if add == nil || add.Op != "Add" || add.Domain != "" {
		return nil, 0
	}
	for i := range 2 {
		if c := Fixed(add, i); c != nil && c.Len() == outs && lastIs(c, outs) && add.In(1-i) == n.Out(0) &&
			c.Rank() <= len(n.Out(0).Type.Shape) {
			return add, i
		}
	}
	return nil, 0
}
