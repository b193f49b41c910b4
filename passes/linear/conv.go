package linear

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() { register("Conv", conv) }

// conv reads a Conv as a Map: a row is an output position of a sample, and a column a kernel position of an input
// channel (im2col). https://onnx.ai/onnx/operators/onnx__Conv.html
func conv(n *graph.Node, w *graph.Tensor) *Map {
	groups, shape := n.Int("group", 1), w.Shape()
	if len(shape) < 3 || groups < 1 || shape[0]%groups != 0 {
		return nil
	}
	taps := volume(shape[2:])
	m := &Map{Groups: groups, Outs: shape[0] / groups, Cols: shape[1] * taps, In: 1, Taps: taps, Out: 1, HasBias: takesBias(n, 2, shape[0])}
	m.Opaque = !m.HasBias
	m.layout = layout{
		weights: func() []float64 { return Floats(contents(n, 1)) },
		bias:    func() []float64 { return biasAt(n, 2, shape[0]) },
		write: func(weights, bias []float64) {
			set(n, 1, w.DType(), weights, shape...)
			if bias != nil {
				set(n, 2, w.DType(), bias, len(bias))
			}
		},
	}
	m.taps = func(in []int) (*window, error) {
		win, err := op.DecodeConv(n, in, shape[2:])
		if err != nil {
			return nil, err
		}
		return &window{in: in, out: win.Out, places: func(taps []int, position int) { convPlaces(taps, win, in, position) }}, nil
	}
	return m
}

// convPlaces: kernel position k of output position p reads input position p*stride - before + k*dilation.
func convPlaces(taps []int, win op.ConvWindow, in []int, position int) {
	corner := make([]int, len(in))
	for d := len(in) - 1; d >= 0; d-- {
		corner[d] = position%win.Out[d]*win.Strides[d] - win.Before[d]
		position /= win.Out[d]
	}
	for t := range taps {
		rest, index, stride := t, 0, 1
		for d := len(in) - 1; d >= 0; d-- {
			p := corner[d] + rest%win.Kernel[d]*win.Dilations[d]
			rest /= win.Kernel[d]
			if p < 0 || p >= in[d] {
				index = -1
				break
			}
			index += p * stride
			stride *= in[d]
		}
		taps[t] = index
	}
}
