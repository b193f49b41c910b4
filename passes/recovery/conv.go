package recovery

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// convForm is a Conv: a row is an output position of a sample, a column a kernel position of
// an input channel (im2col).
type convForm struct {
	node     *graph.Node
	weight   []int // its shape
	channels int   // of a group
	taps     int
}

// convLinear sees a Conv as a linear node.
func convLinear(n *graph.Node, w *graph.Tensor) (*linear, error) {
	groups := n.Int("group", 1)
	shape := w.Shape()
	if len(shape) < 3 || groups < 1 || shape[0]%groups != 0 {
		return nil, nil
	}
	taps := 1
	for _, k := range shape[2:] {
		taps *= k
	}
	l := &linear{
		node: n, groups: groups, cols: shape[1] * taps, outs: shape[0] / groups,
		weights: floats(w), bias: make([]float64, shape[0]), axis: 1, result: n.Out(0),
		form: &convForm{n, shape, shape[1], taps},
	}
	if n.In(2) != nil {
		b := fixed(n, 2)
		if b == nil {
			return nil, nil
		}
		l.bias = floats(b)
	}
	return l, nil
}

func (f *convForm) output(y *graph.Tensor, row int) (at, stride int) {
	return channelsAt(y, row)
}

func (f *convForm) inputs(dst []float64, ld int, x *graph.Tensor, group int, rows []int) error {
	in := x.Shape()[2:]
	win, err := op.DecodeConv(f.node, in, f.weight[2:])
	if err != nil {
		return err
	}
	area, plane := 1, 1
	for d := range in {
		area *= win.Out[d]
		plane *= in[d]
	}
	data := graph.Data[float32](x)
	offsets := make([]int, f.taps)
	for i, row := range rows {
		tapOffsets(offsets, win, in, row%area)
		base := (row/area*x.Shape()[1] + group*f.channels) * plane
		out := dst[i*ld:][:f.channels*f.taps]
		for c := range f.channels {
			src := data[base+c*plane:][:plane]
			for t, at := range offsets {
				if at < 0 {
					out[c*f.taps+t] = 0
				} else {
					out[c*f.taps+t] = float64(src[at])
				}
			}
		}
	}
	return nil
}

// tapOffsets gives, for each kernel position, where in a channel's plane it reads when the window
// is at an output position; -1 in the padding.
func tapOffsets(offsets []int, win op.ConvWindow, in []int, position int) {
	at := make([]int, len(in))
	for d := len(in) - 1; d >= 0; d-- {
		at[d] = position%win.Out[d]*win.Strides[d] - win.Before[d]
		position /= win.Out[d]
	}
	for t := range offsets {
		rest, index, stride := t, 0, 1
		for d := len(in) - 1; d >= 0; d-- {
			p := at[d] + rest%win.Kernel[d]*win.Dilations[d]
			rest /= win.Kernel[d]
			if p < 0 || p >= in[d] {
				index = -1
				break
			}
			index += p * stride
			stride *= in[d]
		}
		offsets[t] = index
	}
}

func (f *convForm) write(weights, bias []float64) error {
	f.node.SetConstInput(1, constant(weights, f.weight...))
	if bias != nil {
		f.node.SetConstInput(2, constant(bias, len(bias)))
	}
	return nil
}
