package linear

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() { register("ConvTranspose", convTranspose) }

// convTranspose reads a ConvTranspose as a Map: a row is an output position of a sample, and a column a kernel position
// of an input channel. With a stride most kernel positions do not reach a given output position; their columns are zero
// there. https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
func convTranspose(n *graph.Node, w *graph.Tensor) *Map {
	groups, shape := n.Int("group", 1), w.Shape() // [channels in, channels out of a group, kernel...]
	if len(shape) < 3 || groups < 1 || shape[0]%groups != 0 {
		return nil
	}
	taps := volume(shape[2:])
	m := &Map{Groups: groups, Outs: shape[1], Cols: shape[0] / groups * taps, In: 1, Taps: taps, Out: 1, HasBias: takesBias(n, 2, groups*shape[1])}
	m.Opaque = !m.HasBias
	// The initializer has input channels outside of outputs.
	swap := func(v []float64, outer, inner int) []float64 {
		out := make([]float64, len(v))
		for g := range groups {
			for i := range outer {
				for j := range inner {
					from, to := ((g*outer+i)*inner+j)*taps, ((g*inner+j)*outer+i)*taps
					copy(out[to:to+taps], v[from:from+taps])
				}
			}
		}
		return out
	}
	m.layout = layout{
		weights: func() []float64 { return swap(Floats(contents(n, 1)), shape[0]/groups, shape[1]) },
		bias:    func() []float64 { return biasAt(n, 2, groups*shape[1]) },
		write: func(weights, bias []float64) {
			set(n, 1, w.DType(), swap(weights, shape[1], shape[0]/groups), shape...)
			if bias != nil {
				set(n, 2, w.DType(), bias, len(bias))
			}
		},
	}
	m.taps = func(in []int) (*window, error) {
		win, err := op.DecodeConvTranspose(n, in, shape[2:])
		if err != nil {
			return nil, err
		}
		return &window{in: in, out: win.Out, places: func(taps []int, position int) { transposedPlaces(taps, win, in, position) }}, nil
	}
	return m
}

// transposedPlaces: input position p reaches output position p*stride - before + k*dilation through kernel position k.
func transposedPlaces(taps []int, win op.ConvWindow, in []int, position int) {
	at := make([]int, len(in))
	for d := len(in) - 1; d >= 0; d-- {
		at[d] = position%win.Out[d] + win.Before[d]
		position /= win.Out[d]
	}
	for t := range taps {
		rest, index, stride := t, 0, 1
		for d := len(in) - 1; d >= 0; d-- {
			p := at[d] - rest%win.Kernel[d]*win.Dilations[d]
			rest /= win.Kernel[d]
			if p < 0 || p%win.Strides[d] != 0 || p/win.Strides[d] >= in[d] {
				index = -1
				break
			}
			index += p / win.Strides[d] * stride
			stride *= in[d]
		}
		taps[t] = index
	}
}
