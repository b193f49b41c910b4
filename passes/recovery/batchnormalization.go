package recovery

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// affineForm is a BatchNormalization that could not be folded: each channel is a group with
// one column. A row is a position of a sample. Repairing it is what re-estimating its statistics
// on the cut network is for.
type affineForm struct{ put func(weights, bias []float64) }

// batchNormLinear sees a BatchNormalization with constant statistics as a linear node.
func batchNormLinear(n *graph.Node, scale *graph.Tensor) (*linear, error) {
	shift, mean, variance := fixed(n, 2), fixed(n, 3), fixed(n, 4)
	if shift == nil || mean == nil || variance == nil || n.Int("training_mode", 0) != 0 || n.Out(1) != nil || len(n.In(0).Type.Shape) < 2 {
		return nil, nil
	}
	channels := scale.Len()
	m, v := floats(mean), floats(variance)
	if len(m) != channels || len(v) != channels || shift.Len() != channels {
		return nil, nil
	}
	spread := make([]float64, channels)
	for c, x := range v {
		spread[c] = math.Sqrt(x + float64(n.Float("epsilon", 1e-5)))
		if !(spread[c] > 0) {
			return nil, nil
		}
	}
	l := &linear{node: n, groups: channels, cols: 1, outs: 1, weights: floats(scale), bias: floats(shift), axis: 1, result: n.Out(0)}
	for c := range channels {
		l.weights[c] /= spread[c]
		l.bias[c] -= l.weights[c] * m[c]
	}
	l.form = &affineForm{func(weights, bias []float64) {
		scale, shift := make([]float64, channels), make([]float64, channels)
		for c, w := range weights {
			scale[c], shift[c] = w*spread[c], bias[c]+w*m[c]
		}
		n.SetConstInput(1, constant(scale, channels))
		n.SetConstInput(2, constant(shift, channels))
	}}
	return l, nil
}

// output is where y has the row's channel 0, and how far apart channels are.
func (f *affineForm) output(y *graph.Tensor, row int) (at, stride int) { return channelsAt(y, row) }

func (f *affineForm) inputs(dst []float64, ld int, x *graph.Tensor, group int, rows []int) error {
	data := graph.Data[float32](x)
	for i, row := range rows {
		at, stride := channelsAt(x, row)
		dst[i*ld] = float64(data[at+group*stride])
	}
	return nil
}

func (f *affineForm) write(weights, bias []float64) error {
	f.put(weights, bias)
	return nil
}

// channelsAt is where a tensor of samples x channels x positions has channel 0 at a row, and
// how far apart channels are.
func channelsAt(y *graph.Tensor, row int) (at, stride int) {
	area := 1
	for _, d := range y.Shape()[2:] {
		area *= d
	}
	return row/area*area*y.Shape()[1] + row%area, area
}
