package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() { register(Kernel{Name: "pad", Op: "Pad", Prepare: preparePad}) }

// preparePad fills with a constant; the other modes are Eval's.
func preparePad(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		x := in[0]
		if !floats(x) {
			return nil, ErrUnfit
		}
		mode, before, dims, filling, err := op.DecodePad(n, in)
		if err != nil || mode != "constant" {
			return nil, ErrUnfit
		}
		value := float32(0)
		if filling != nil {
			value = graph.Data[float32](filling)[0]
		}
		t := r.New(dims...)
		v, y := graph.Data[float32](x), graph.Data[float32](t)
		r.Parallel(len(y), 1, func(lo, hi int) { fill(y[lo:hi], value) })
		copyInside(r, y, v, dims, x.Shape(), before)
		return one(t), nil
	}, nil
}

// copyInside puts x, of shape in, into y, of shape dims, so that x begins before positions behind
// y's first on each axis; what reaches beyond y is left out.
func copyInside(r *Run, y, x []float32, dims, in, before []int) {
	sy, sx := rowMajor(dims), rowMajor(in)
	common := make([]int, len(dims)) // extents of what both have
	toY, toX := 0, 0
	for d := range dims {
		first := max(0, before[d])
		common[d] = min(dims[d], before[d]+in[d]) - first
		if common[d] <= 0 {
			return
		}
		toY += first * sy[d]
		toX += (first - before[d]) * sx[d]
	}
	merged, s := merge(common, sy, sx)
	last := len(merged) - 1
	run := merged[last]
	if s[0][last] > 1 || s[1][last] > 1 { // the innermost axis has one position
		merged, s[0], s[1] = append(merged, 1), append(s[0], 1), append(s[1], 1)
		last, run = last+1, 1
	}
	r.Parallel(volume(common)/run, run, func(lo, hi int) {
		w := walk{dims: merged[:last], strides: [][]int{s[0][:last], s[1][:last]}}
		w.start(lo)
		for i := lo; i < hi; i++ {
			copy(y[toY+w.at[0]:][:run], x[toX+w.at[1]:])
			w.next()
		}
	})
}
