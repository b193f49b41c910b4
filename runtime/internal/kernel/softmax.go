package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "softmax", Op: "Softmax", Prepare: prepareSoftmax(softmax)})
	register(Kernel{Name: "softmax", Op: "LogSoftmax", Prepare: prepareSoftmax(logSoftmax)})
}

func prepareSoftmax(f func(lane []float32)) func(*graph.Node, []*graph.Tensor) (Func, error) {
	return func(n *graph.Node, _ []*graph.Tensor) (Func, error) {
		return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
			x := in[0]
			if !floats(x) {
				return nil, ErrUnfit
			}
			first, end, err := op.DecodeSoftmax(n, x.Rank())
			if err != nil {
				return nil, ErrUnfit
			}
			t := r.New(x.Shape()...)
			onLanes(r, graph.Data[float32](t), graph.Data[float32](x), lanesOver(x.Shape(), first, end), f)
			return one(t), nil
		}, nil
	}
}

// onLanes copies x to y and lets f change every lane of it.
func onLanes(r *Run, y, x []float32, l lanes, f func(lane []float32)) {
	if l.size == 0 {
		return
	}
	if l.inner == 1 {
		r.Parallel(l.outer, l.size*20, func(lo, hi int) {
			copy(y[lo*l.size:hi*l.size], x[lo*l.size:hi*l.size])
			for i := lo; i < hi; i++ {
				f(y[i*l.size : (i+1)*l.size])
			}
		})
		return
	}
	r.Parallel(l.outer*l.inner, l.size*20, func(lo, hi int) {
		lane := make([]float32, l.size)
		for i := lo; i < hi; i++ {
			first := i/l.inner*l.size*l.inner + i%l.inner
			for k := range lane {
				lane[k] = x[first+k*l.inner]
			}
			f(lane)
			for k, e := range lane {
				y[first+k*l.inner] = e
			}
		}
	})
}

func softmax(lane []float32) {
	top := largest(lane)
	total := 0.0
	for i, x := range lane {
		e := math.Exp(float64(x - top))
		lane[i] = float32(e)
		total += e
	}
	if math.IsInf(float64(top), 0) { // as Eval: only the infinite elements are without a value
		return
	}
	scale := float32(1 / total)
	for i := range lane {
		lane[i] *= scale
	}
}

func logSoftmax(lane []float32) {
	top := float64(largest(lane))
	if !math.IsInf(top, 0) {
		total := 0.0
		for _, x := range lane {
			total += math.Exp(float64(x) - top)
		}
		top += math.Log(total)
	}
	for i, x := range lane {
		lane[i] = float32(float64(x) - top)
	}
}

func largest(v []float32) float32 {
	top := v[0]
	for _, x := range v[1:] {
		top = max(top, x)
	}
	return top
}
