package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "pool", Op: "MaxPool", Prepare: prepareMaxPool})
	register(Kernel{Name: "pool", Op: "AveragePool", Prepare: prepareAveragePool})
}

// prepareMaxPool leaves the indices of the maxima to Eval.
func prepareMaxPool(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	if n.Out(1) != nil {
		return nil, ErrUnfit
	}
	lowest := float32(math.Inf(-1))
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		g, err := poolGeometry(n, in[0])
		if err != nil {
			return nil, err
		}
		stride := g.stride()
		return g.pool(r, in[0], lowest, func(dst, src []float32) {
			for i := range dst {
				dst[i] = max(dst[i], src[i*stride])
			}
		}, nil), nil
	}, nil
}

func prepareAveragePool(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		g, err := poolGeometry(n, in[0])
		if err != nil {
			return nil, err
		}
		counts := op.AverageCounts(n, g.win, g.in)
		stride := g.stride()
		return g.pool(r, in[0], 0, func(dst, src []float32) {
			for i := range dst {
				dst[i] += src[i*stride]
			}
		}, func(y []float32) {
			for i, c := range counts {
				if c > 0 {
					y[i] /= float32(c)
				}
			}
		}), nil
	}, nil
}

func poolGeometry(n *graph.Node, x *graph.Tensor) (*geometry, error) {
	if !floats(x) || x.Rank() < 3 {
		return nil, ErrUnfit
	}
	win, err := op.DecodePool(n, x.Shape()[2:])
	if err != nil {
		return nil, ErrUnfit
	}
	g := newGeometry(win, x.Shape()[2:])
	return &g, nil
}

// pool starts every output plane with start, takes in what each kernel element reads,
// a row at a time, and finishes the plane.
func (g *geometry) pool(r *Run, x *graph.Tensor, start float32, take func(dst, src []float32), finish func(y []float32)) []*graph.Tensor {
	planes := x.Shape()[0] * x.Shape()[1]
	t := r.New(append([]int{x.Shape()[0], x.Shape()[1]}, g.win.Out...)...)
	v, out := graph.Data[float32](x), graph.Data[float32](t)
	if g.area == 0 {
		return one(t)
	}
	r.Parallel(planes, g.area*g.taps*2, func(lo, hi int) {
		offset := make([]int, len(g.in))
		for p := lo; p < hi; p++ {
			src, y := v[p*g.plane:][:g.plane], out[p*g.area:][:g.area]
			fill(y, start)
			for tap := range g.taps {
				g.offset(tap, offset)
				g.reads(offset, func(to, from, count int) { take(y[to:to+count], src[from:]) })
			}
			if finish != nil {
				finish(y)
			}
		}
	})
	return one(t)
}

func fill(v []float32, x float32) {
	for i := range v {
		v[i] = x
	}
}
