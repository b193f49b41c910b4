package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("GroupNormalization", groupNorm) }

// groupNorm reads scale and bias if there is one of each for every channel. Before opset 21 there is one for every group
// of channels; then it reads nothing. https://onnx.ai/onnx/operators/onnx__GroupNormalization.html
func groupNorm(n *graph.Node, scale *graph.Tensor) *Map { return channelNorm(n, scale) }

// channelNorm reads scale and bias along the channels, axis 1.
func channelNorm(n *graph.Node, scale *graph.Tensor) *Map {
	x := n.In(0).Type.Shape
	if len(x) < 2 || scale.Rank() != 1 || scale.Len() < 2 || !x[1].Is(scale.Len()) {
		return nil
	}
	m := &Map{Groups: scale.Len(), Outs: 1, Cols: 1, In: 1, Taps: 1, Out: 1}
	shift := Fixed(n, 2)
	m.HasBias = shift != nil && shift.Len() == scale.Len()
	m.Opaque = !m.HasBias
	m.layout = layout{
		weights: func() []float64 { return Floats(n.In(1).Const) },
		bias:    func() []float64 { return Floats(n.In(2).Const) },
		write: func(weights, bias []float64) {
			set(n, 1, scale.DType(), weights, len(weights))
			set(n, 2, scale.DType(), bias, len(bias))
		},
	}
	m.normal = func(x *graph.Tensor) (*graph.Tensor, error) { return normalised(n, x) }
	return m
}
