package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() { register(Kernel{Name: "matmul", Op: "MatMul", Prepare: always(matmul)}) }

// matmul multiplies stacks of matrices under broadcasting. A single B serves all
// rows of a stack of A at once; small products are divided by matrix, large ones by rows.
func matmul(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if !floats(in...) || in[0].Rank() == 0 || in[1].Rank() == 0 {
		return nil, ErrUnfit
	}
	a, b := slices.Clone(in[0].Shape()), slices.Clone(in[1].Shape())
	if len(a) == 1 {
		a = []int{1, a[0]}
	}
	if len(b) == 1 {
		b = []int{b[0], 1}
	}
	rows, k, cols := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	batch, ok := broadcast(a[:len(a)-2], b[:len(b)-2])
	if !ok || b[len(b)-2] != k {
		return nil, ErrUnfit
	}
	y := r.New(append(slices.Clone(batch), rows, cols)...)
	x, w, out := graph.Data[float32](in[0]), graph.Data[float32](in[1]), graph.Data[float32](y)
	if volume(b[:len(b)-2]) == 1 {
		m := volume(batch) * rows
		clear(out)
		r.rowsMatmul(m, cols, k, 1, matrix{x, k, false}, matrix{w, cols, false}, out, cols)
	} else {
		ia, ib := offsets(a[:len(a)-2], batch), offsets(b[:len(b)-2], batch)
		product := func(r *Run, i int) {
			c := out[i*rows*cols : (i+1)*rows*cols]
			clear(c)
			r.rowsMatmul(rows, cols, k, 1, matrix{x[ia[i]*rows*k:], k, false}, matrix{w[ib[i]*k*cols:], cols, false}, c, cols)
		}
		if len(ia) >= r.Threads {
			alone := &Run{Threads: 1, Memory: r.Memory}
			r.Parallel(len(ia), rows*cols*k, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					product(alone, i)
				}
			})
		} else {
			for i := range ia {
				product(r, i)
			}
		}
	}
	dims := batch
	if in[0].Rank() > 1 {
		dims = append(dims, rows)
	}
	if in[1].Rank() > 1 {
		dims = append(dims, cols)
	}
	if len(dims) != y.Rank() {
		y = y.Reshaped(dims...)
	}
	return one(y), nil
}
