package linear

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
)

func init() { register("Gemm", gemm) }

// gemm reads alpha A B + beta C with constant B as a Map. https://onnx.ai/onnx/operators/onnx__Gemm.html
func gemm(n *graph.Node, w *graph.Tensor) *Map {
	alpha, beta := float64(n.Float("alpha", 1)), float64(n.Float("beta", 1))
	if w.Rank() != 2 || n.Int("transA", 0) != 0 || alpha == 0 {
		return nil
	}
	turned := n.Int("transB", 0) != 0 // B is outs x cols, as Map's weights are
	shape := w.Shape()
	cols, outs := shape[0], shape[1]
	if turned {
		cols, outs = outs, cols
	}
	m := &Map{Groups: 1, Outs: outs, Cols: cols, In: 1, Taps: 1, Out: 1}
	m.layout.weights = func() []float64 {
		v := Floats(contents(n, 1))
		if !turned {
			v = linalg.Transpose(v, cols, outs)
		}
		return scaled(v, alpha)
	}
	m.HasBias = beta != 0 && takesBias(n, 2, outs)
	m.Opaque = beta != 0 && !m.HasBias
	m.layout.bias = func() []float64 { return scaled(biasAt(n, 2, outs), beta) }
	m.layout.write = func(weights, bias []float64) {
		weights = scaled(weights, 1/alpha)
		if !turned {
			weights = linalg.Transpose(weights, outs, cols)
		}
		set(n, 1, w.DType(), weights, shape...)
		if bias != nil {
			set(n, 2, w.DType(), scaled(bias, 1/beta), outs)
		}
	}
	return m
}
