package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	register(Kernel{Name: "transpose", Op: "Transpose", Prepare: prepareTranspose})
	register(Kernel{Name: "expand", Op: "Expand", Prepare: always(expand)})
	register(Kernel{Name: "slice", Op: "Slice", Prepare: prepareSlice})
	register(Kernel{Name: "split", Op: "Split", Prepare: prepareSplit})
	register(Kernel{Name: "concat", Op: "Concat", Prepare: prepareConcat})
}

// rowMajor is the strides of a dense tensor of that shape.
func rowMajor(dims []int) []int {
	s := make([]int, len(dims))
	step := 1
	for d := len(dims) - 1; d >= 0; d-- {
		s[d] = step
		step *= dims[d]
	}
	return s
}

// walkTo writes to y, of that shape, the elements of x that a walk from base with those strides meets.
func walkTo(r *Run, y, x []float32, base int, dims, strides []int) {
	if len(y) == 0 {
		return
	}
	merged, s := merge(dims, strides)
	last := len(merged) - 1
	run, step := merged[last], s[0][last]
	r.Parallel(len(y)/run, run, func(lo, hi int) {
		w := walk{dims: merged[:last], strides: [][]int{s[0][:last]}}
		w.start(lo)
		for i := lo; i < hi; i++ {
			dst, at := y[i*run:(i+1)*run], base+w.at[0]
			switch step {
			case 1:
				copy(dst, x[at:])
			case 0:
				fill(dst, x[at])
			default:
				for j := range dst {
					dst[j] = x[at]
					at += step
				}
			}
			w.next()
		}
	})
}

func prepareTranspose(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		if !floats(x) {
			return nil, ErrUnfit
		}
		perm, err := op.DecodeTranspose(n, x.Rank())
		if err != nil {
			return nil, ErrUnfit
		}
		dims, from, from0 := make([]int, len(perm)), make([]int, len(perm)), rowMajor(x.Shape())
		for d, p := range perm {
			dims[d], from[d] = x.Shape()[p], from0[p]
		}
		t := r.New(dims...)
		walkTo(r, graph.Data[float32](t), graph.Data[float32](x), 0, dims, from)
		return one(t), nil
	}, nil
}

func prepareSlice(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		if !floats(in[0]) {
			return nil, ErrUnfit
		}
		dims, from, base, err := op.DecodeSlice(n, in)
		if err != nil {
			return nil, ErrUnfit
		}
		t := r.New(dims...)
		walkTo(r, graph.Data[float32](t), graph.Data[float32](in[0]), base, dims, from)
		return one(t), nil
	}, nil
}

func expand(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	want, ok := graph.Ints(in[1])
	if !floats(x) || !ok || in[1].Rank() != 1 {
		return nil, ErrUnfit
	}
	dims := make([]int, len(want))
	for i, d := range want {
		dims[i] = graph.Saturate(d)
	}
	if dims, ok = broadcast(x.Shape(), dims); !ok || !moderate(dims) {
		return nil, ErrUnfit
	}
	t := r.New(dims...)
	walkTo(r, graph.Data[float32](t), graph.Data[float32](x), 0, dims, strides(x.Shape(), dims))
	return one(t), nil
}

// moderate reports whether a tensor of that shape is thinkable; Eval says what is wrong with others.
func moderate(dims []int) bool {
	const most = min(1<<31, math.MaxInt/8)
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > most {
			return false
		}
		if n *= int64(max(d, 1)); n > most {
			return false
		}
	}
	return true
}

func prepareSplit(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		if !floats(x) {
			return nil, ErrUnfit
		}
		axis, sizes, err := op.DecodeSplit(n, in)
		if err != nil {
			return nil, ErrUnfit
		}
		out := make([]*graph.Tensor, len(sizes))
		from := rowMajor(x.Shape())
		at := 0
		for i, size := range sizes {
			if n.Out(i) != nil {
				dims := slices.Clone(x.Shape())
				dims[axis] = size
				out[i] = r.New(dims...)
				walkTo(r, graph.Data[float32](out[i]), graph.Data[float32](x), at*from[axis], dims, from)
			}
			at += size
		}
		return out, nil
	}, nil
}

func prepareConcat(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		if !floats(in...) {
			return nil, ErrUnfit
		}
		dims := slices.Clone(in[0].Shape())
		axis, err := op.DecodeConcat(n, len(dims))
		if err != nil {
			return nil, ErrUnfit
		}
		dims[axis] = 0
		for _, t := range in {
			if t.Rank() != len(dims) || !slices.Equal(t.Shape()[:axis], dims[:axis]) || !slices.Equal(t.Shape()[axis+1:], dims[axis+1:]) {
				return nil, ErrUnfit
			}
			dims[axis] += t.Shape()[axis]
		}
		t := r.New(dims...)
		y := graph.Data[float32](t)
		outer, width := volume(dims[:axis]), volume(dims[axis:])
		at := 0
		for _, part := range in {
			x, size := graph.Data[float32](part), volume(part.Shape()[axis:])
			r.Parallel(outer, size, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					copy(y[i*width+at:][:size], x[i*size:])
				}
			})
			at += size
		}
		return one(t), nil
	}, nil
}
