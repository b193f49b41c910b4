package kernel

import "github.com/pollard-dev/pollard/graph"

func init() { register(Kernel{Name: "where", Op: "Where", Prepare: always(where)}) }

func where(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if !floats(in[1:]...) || in[0].DType() != graph.Bool {
		return nil, ErrUnfit
	}
	dims, ok := broadcast(in[1].Shape(), in[2].Shape())
	if ok {
		dims, ok = broadcast(in[0].Shape(), dims)
	}
	if !ok {
		return nil, ErrUnfit
	}
	t := r.New(dims...)
	z, c := graph.Data[float32](t), graph.Data[bool](in[0])
	x, y := graph.Data[float32](in[1]), graph.Data[float32](in[2])
	if len(z) == 0 {
		return one(t), nil
	}
	merged, s := merge(dims, strides(in[0].Shape(), dims), strides(in[1].Shape(), dims), strides(in[2].Shape(), dims))
	last := len(merged) - 1
	run := merged[last]
	sc, sx, sy := s[0][last], s[1][last], s[2][last]
	r.Parallel(len(z)/run, run*3, func(lo, hi int) {
		w := walk{dims: merged[:last], strides: [][]int{s[0][:last], s[1][:last], s[2][:last]}}
		w.start(lo)
		for i := lo; i < hi; i++ {
			dst := z[i*run : (i+1)*run]
			ac, ax, ay := w.at[0], w.at[1], w.at[2]
			for j := range dst {
				if c[ac] {
					dst[j] = x[ax]
				} else {
					dst[j] = y[ay]
				}
				ac, ax, ay = ac+sc, ax+sx, ay+sy
			}
			w.next()
		}
	})
	return one(t), nil
}
