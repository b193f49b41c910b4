package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register(Kernel{Name: "unary", Op: "Clip", Prepare: prepareClip}) }

// prepareClip takes the bounds from the attributes up to opset 10 and from the inputs after it.
func prepareClip(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	bounds := [2]float32{float32(math.Inf(-1)), float32(math.Inf(1))}
	if n.Version < 11 {
		bounds = [2]float32{n.Float("min", -math.MaxFloat32), n.Float("max", math.MaxFloat32)}
	}
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		lo, hi := bounds[0], bounds[1]
		for i, b := range []*float32{&lo, &hi} {
			if t := input(in, 1+i); t != nil {
				if !floats(t) || t.Len() != 1 {
					return nil, ErrUnfit
				}
				*b = graph.Data[float32](t)[0]
			}
		}
		return pointwise(2, func(y, x []float32) {
			y = y[:len(x)]
			for i, v := range x {
				y[i] = min(max(v, lo), hi)
			}
		})(r, in)
	}, nil
}
