package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "reduce", Op: "GlobalAveragePool", Prepare: always(func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		if !floats(x) || x.Rank() < 3 {
			return nil, ErrUnfit
		}
		dims := append([]int{}, x.Shape()...)
		for d := 2; d < len(dims); d++ {
			dims[d] = 1
		}
		return sumLanes(r, x, lanesOver(x.Shape(), 2, x.Rank()), dims, true), nil
	})})
	for _, name := range []string{"ReduceMean", "ReduceSum"} {
		register(Kernel{Name: "reduce", Op: name, Prepare: func(n *graph.Node, _ []*graph.Tensor) (Func, error) {
			return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
				return reduce(r, n, in, name == "ReduceMean")
			}, nil
		}})
	}
}

// reduce sums or averages over axes that stand side by side.
func reduce(r *Run, n *graph.Node, in []*graph.Tensor, mean bool) ([]*graph.Tensor, error) {
	x := in[0]
	if !floats(x) {
		return nil, ErrUnfit
	}
	reduced, dims, err := op.DecodeReduce(n, in)
	if err != nil {
		return nil, ErrUnfit
	}
	first, end := 0, x.Rank()
	for first < end && !reduced[first] {
		first++
	}
	for end > first && !reduced[end-1] {
		end--
	}
	for d := first; d < end; d++ {
		if !reduced[d] {
			return nil, ErrUnfit
		}
	}
	if first == end { // nothing is reduced: Eval settles what that means for each operator
		return nil, ErrUnfit
	}
	return sumLanes(r, x, lanesOver(x.Shape(), first, end), dims, mean), nil
}

// lanes are the lines of a tensor along neighbouring axes: element k of a lane lies
// k*inner behind its first.
type lanes struct{ outer, size, inner int }

// lanesOver are the lanes along the axes from first up to, not including, end, taken as one.
func lanesOver(dims []int, first, end int) lanes {
	return lanes{volume(dims[:first]), volume(dims[first:end]), volume(dims[end:])}
}

// sumLanes makes one element of every lane: its sum or, with mean, its mean.
func sumLanes(r *Run, x *graph.Tensor, l lanes, dims []int, mean bool) []*graph.Tensor {
	t := r.New(dims...)
	v, y := graph.Data[float32](x), graph.Data[float32](t)
	scale := 1.0
	if mean {
		scale = 1 / float64(l.size)
		if l.size == 0 {
			scale = math.NaN()
		}
	}
	if l.inner == 1 {
		r.Parallel(l.outer, l.size, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				y[i] = float32(sum(v[i*l.size:(i+1)*l.size]) * scale)
			}
		})
		return one(t)
	}
	r.Parallel(l.outer, l.size*l.inner, func(lo, hi int) {
		totals := make([]float64, l.inner)
		for o := lo; o < hi; o++ {
			clear(totals)
			for k := range l.size {
				for i, e := range v[(o*l.size+k)*l.inner:][:l.inner] {
					totals[i] += float64(e)
				}
			}
			for i, total := range totals {
				y[o*l.inner+i] = float32(total * scale)
			}
		}
	})
	return one(t)
}

// sum adds in double precision, in four chains that the processor runs side by side.
func sum(v []float32) float64 {
	var a, b, c, d float64
	for len(v) >= 4 {
		a, b, c, d = a+float64(v[0]), b+float64(v[1]), c+float64(v[2]), d+float64(v[3])
		v = v[4:]
	}
	for _, e := range v {
		a += float64(e)
	}
	return (a + b) + (c + d)
}
