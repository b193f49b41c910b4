package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "batchnormalization", Op: "BatchNormalization", Prepare: prepareBatchNormalization})
}

func prepareBatchNormalization(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	if !op.PerChannel(n) {
		return nil, ErrUnfit
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		if !floats(in...) || x.Rank() < 2 {
			return nil, ErrUnfit
		}
		channels := x.Shape()[1]
		var p [5][]float32
		for i := 1; i < 5; i++ {
			if in[i].Rank() != 1 || in[i].Len() != channels {
				return nil, ErrUnfit
			}
			p[i] = graph.Data[float32](in[i])
		}
		t := r.New(x.Shape()...)
		v, y := graph.Data[float32](x), graph.Data[float32](t)
		plane := volume(x.Shape()[2:])
		r.Parallel(x.Shape()[0]*channels, plane, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				c := i % channels
				scale := float32(float64(p[1][c]) / math.Sqrt(float64(p[4][c])+epsilon))
				mean, bias := p[3][c], p[2][c]
				dst := y[i*plane : (i+1)*plane]
				for j, e := range v[i*plane : (i+1)*plane] {
					dst[j] = (e-mean)*scale + bias
				}
			}
		})
		return one(t), nil
	}, nil
}
