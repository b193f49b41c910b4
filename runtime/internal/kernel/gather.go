package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register(Kernel{Name: "gather", Op: "Gather", Prepare: prepareGather}) }

// prepareGather copies the rows that the indices name; indices out of bounds are Eval's to refuse.
func prepareGather(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	axis := n.Int("axis", 0)
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		at := axis
		if at < 0 {
			at += x.Rank()
		}
		indices, ok := graph.Ints(in[1])
		if !floats(x) || !ok || !in[1].DType().IsInt() || at < 0 || at >= x.Rank() {
			return nil, ErrUnfit
		}
		size := x.Shape()[at]
		for i, k := range indices {
			if k < int64(-size) || k >= int64(size) {
				return nil, ErrUnfit
			}
			if k < 0 {
				indices[i] += int64(size)
			}
		}
		inner := volume(x.Shape()[at+1:])
		t := r.New(slices.Concat(x.Shape()[:at], in[1].Shape(), x.Shape()[at+1:])...)
		v, y := graph.Data[float32](x), graph.Data[float32](t)
		rows := volume(x.Shape()[:at]) * len(indices)
		r.Parallel(rows, inner, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				from := i/len(indices)*size + int(indices[i%len(indices)])
				copy(y[i*inner:(i+1)*inner], v[from*inner:])
			}
		})
		return one(t), nil
	}, nil
}
