package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "layernormalization", Op: "LayerNormalization", Prepare: prepareLayerNormalization})
}

// prepareLayerNormalization leaves the statistics as outputs, and Scale and B of other shapes than
// the normalised axes, to Eval.
func prepareLayerNormalization(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	if n.Out(1) != nil || n.Out(2) != nil {
		return nil, ErrUnfit
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x, bias := in[0], input(in, 2)
		if !floats(x, in[1]) || (bias != nil && !floats(bias)) {
			return nil, ErrUnfit
		}
		axis, err := op.DecodeLayerNormalization(n, x.Rank())
		if err != nil {
			return nil, ErrUnfit
		}
		row := x.Shape()[axis:]
		if !slices.Equal(in[1].Shape(), row) || (bias != nil && !slices.Equal(bias.Shape(), row)) {
			return nil, ErrUnfit
		}
		t := r.New(x.Shape()...)
		size := volume(row)
		v, scale, y := graph.Data[float32](x), graph.Data[float32](in[1]), graph.Data[float32](t)
		var shift []float32
		if bias != nil {
			shift = graph.Data[float32](bias)
		}
		r.Parallel(volume(x.Shape()[:axis]), size*6, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				standardise(y[i*size:(i+1)*size], v[i*size:(i+1)*size], scale, shift, epsilon)
			}
		})
		return one(t), nil
	}, nil
}

// standardise writes (x - mean) / sqrt(variance + epsilon) times scale plus shift, which may be nil.
func standardise(y, x, scale, shift []float32, epsilon float64) {
	mean := sum(x) / float64(len(x))
	variance := 0.0
	for _, e := range x {
		d := float64(e) - mean
		variance += d * d
	}
	inverse := 1 / math.Sqrt(variance/float64(len(x))+epsilon)
	for i, e := range x {
		y[i] = float32((float64(e) - mean) * inverse * float64(scale[i]))
	}
	for i, e := range shift {
		y[i] += e
	}
}
