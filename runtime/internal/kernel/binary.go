package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// zipper combines runs of elements: two runs, a run and a number, a number and a run.
type zipper struct {
	vv func(z, x, y []float32)
	vs func(z, x []float32, y float32)
	sv func(z []float32, x float32, y []float32)

	rows func(z, x, y []float32, rows, n, ldz, ldx, ldy int) // vv for many short runs, that begin so far apart
}

// commuting completes a zipper for an operation whose sides may be exchanged.
func commuting(vv func(z, x, y []float32), vs func(z, x []float32, y float32), rows func(z, x, y []float32, rows, n, ldz, ldx, ldy int)) zipper {
	return zipper{vv, vs, reversed(vs), rows}
}

var binary = map[string]zipper{
	"Add": commuting(simd.Add, simd.AddNumber, simd.AddRows), "Sum": commuting(simd.Add, simd.AddNumber, simd.AddRows),
	"Mul": commuting(simd.Mul, simd.MulNumber, simd.MulRows),
	"Max": commuting(simd.Max, simd.MaxNumber, simd.MaxRows), "Min": commuting(simd.Min, simd.MinNumber, simd.MinRows),
	"Sub": {simd.Sub, func(z, x []float32, y float32) { simd.AddNumber(z, x, -y) }, reversed(simd.SubFrom), simd.SubRows},
	"Div": {simd.Div, simd.DivNumber, reversed(simd.DivInto), simd.DivRows},
}

func reversed(f func(z, y []float32, x float32)) func(z []float32, x float32, y []float32) {
	return func(z []float32, x float32, y []float32) { f(z, y, x) }
}

func init() {
	for _, name := range []string{"Add", "Sum", "Mul", "Max", "Min", "Sub", "Div"} {
		register(Kernel{Name: "binary", Op: name, Prepare: always(func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return combine(r, in, binary[name])
		})})
	}
}

// combine folds the inputs from the left.
func combine(r *Run, in []*graph.Tensor, z zipper) ([]*graph.Tensor, error) {
	if !floats(in...) {
		return nil, ErrUnfit
	}
	dims, ok := in[0].Shape(), true
	for _, t := range in[1:] {
		if dims, ok = broadcast(dims, t.Shape()); !ok {
			return nil, ErrUnfit
		}
	}
	acc := in[0]
	for i, t := range in[1:] {
		next := zip(r, acc, t, z)
		if i > 0 {
			r.Memory.Put(graph.Data[float32](acc))
		}
		acc = next
	}
	return one(acc), nil
}

// zip combines a and b, whose shapes broadcast, element by element. Merging the axes
// leaves the same shape, a number, a trailing vector or one number a channel as short
// loops around runs as long as they can be.
func zip(r *Run, a, b *graph.Tensor, op zipper) *graph.Tensor {
	dims, _ := broadcast(a.Shape(), b.Shape())
	t := r.New(dims...)
	z, x, y := graph.Data[float32](t), graph.Data[float32](a), graph.Data[float32](b)
	if len(z) == 0 {
		return t
	}
	merged, s := merge(dims, strides(a.Shape(), dims), strides(b.Shape(), dims))
	last := len(merged) - 1
	run, sx, sy := merged[last], s[0][last], s[1][last]
	if last == 0 && sx == 1 && sy == 1 {
		r.Parallel(run, 1, func(lo, hi int) { op.vv(z[lo:hi], x[lo:hi], y[lo:hi]) })
		return t
	}
	if last == 0 {
		r.Parallel(run, 1, func(lo, hi int) { op.run(z[lo:hi], x[lo*sx:], y[lo*sy:], sx, sy) })
		return t
	}
	r.Parallel(len(z)/run, run, func(lo, hi int) {
		w := walk{dims: merged[:last], strides: [][]int{s[0][:last], s[1][:last]}}
		w.start(lo)
		for i := lo; i < hi; i++ {
			op.run(z[i*run:(i+1)*run], x[w.at[0]:], y[w.at[1]:], sx, sy)
			w.next()
		}
	})
	return t
}

// run fills z from runs that advance by sx and sy, each 0 or 1.
func (op *zipper) run(z, x, y []float32, sx, sy int) {
	switch {
	case sx == 1 && sy == 1:
		op.vv(z, x[:len(z)], y[:len(z)])
	case sx == 1:
		op.vs(z, x[:len(z)], y[0])
	case sy == 1:
		op.sv(z, x[0], y[:len(z)])
	default: // extents of 1 only
		op.vv(z[:1], x[:1], y[:1])
	}
}
