package linear

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register("BatchNormalization", batchNorm) }

// batchNorm reads a BatchNormalization with constant statistics as a Map: each channel is a group with one column, and a
// row is a position of a sample. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
func batchNorm(n *graph.Node, scale *graph.Tensor) *Map {
	shift, mean, variance := Fixed(n, 2), Fixed(n, 3), Fixed(n, 4)
	if shift == nil || mean == nil || variance == nil || n.Int("training_mode", 0) != 0 || n.Out(1) != nil || len(n.In(0).Type.Shape) < 2 {
		return nil
	}
	channels := scale.Len()
	if shift.Len() != channels || mean.Len() != channels || variance.Len() != channels {
		return nil
	}
	m, spread := Floats(mean), Floats(variance)
	for c, v := range spread {
		spread[c] = math.Sqrt(v + float64(n.Float("epsilon", 1e-5)))
		if !(spread[c] > 0) {
			return nil
		}
	}
	weights := func() []float64 {
		w := Floats(n.In(1).Const)
		for c := range w {
			w[c] /= spread[c]
		}
		return w
	}
	return &Map{Groups: channels, Outs: 1, Cols: 1, In: 1, Taps: 1, Out: 1, HasBias: true, layout: layout{
		weights: weights,
		bias: func() []float64 {
			b := Floats(n.In(2).Const)
			for c, w := range weights() {
				b[c] -= w * m[c]
			}
			return b
		},
		write: func(weights, bias []float64) {
			g, b := make([]float64, channels), make([]float64, channels)
			for c, w := range weights {
				g[c], b[c] = w*spread[c], bias[c]+w*m[c]
			}
			set(n, 1, scale.DType(), g, channels)
			set(n, 2, shift.DType(), b, channels)
		},
		restate: func(weights, bias []float64) bool { return restate(n, weights, bias) },
	}}
}

// restate finds the mean and variance with which n, its scale and shift unchanged, computes weights times x plus bias.
func restate(n *graph.Node, weights, bias []float64) bool {
	scale, shift := Floats(n.In(1).Const), Floats(n.In(2).Const)
	mean, variance := make([]float64, len(scale)), make([]float64, len(scale))
	for c, w := range weights {
		if !(scale[c]*w > 0) {
			return false
		}
		variance[c] = scale[c]/w*(scale[c]/w) - float64(n.Float("epsilon", 1e-5))
		mean[c] = (shift[c] - bias[c]) / w
		if !(variance[c] >= 0) || math.IsInf(variance[c], 0) || math.IsInf(mean[c], 0) {
			return false
		}
	}
	set(n, 3, n.In(3).Const.DType(), mean, len(mean))
	set(n, 4, n.In(4).Const.DType(), variance, len(variance))
	return true
}
