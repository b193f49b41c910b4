package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// gradResize: every axis that is resampled is a product with a matrix of weights, and its gradient one with the matrix
// transposed.
func gradResize(b *Backward) error {
	for i := 1; i < len(b.Node.Inputs()); i++ {
		if b.wants(i) {
			return noGradient("by the region or the scales")
		}
	}
	if !b.wants(0) {
		return nil
	}
	in := make([]*graph.Tensor, len(b.Node.Inputs()))
	for i, v := range b.Node.Inputs() {
		if v != nil && i > 0 {
			if in[i] = v.Const; in[i] == nil {
				return noGradient("scales or sizes that are computed")
			}
		}
	}
	x := b.dims(b.in(0))
	if b.err != nil {
		return b.err
	}
	in[0] = graph.NewTensor(graph.Bool, x...)
	axes, dims, _, err := DecodeResize(b.Node, in)
	if err != nil {
		return err
	}
	g := b.grad(0)
	dims = slices.Clone(dims)
	for i := len(axes) - 1; i >= 0; i-- {
		a := axes[i]
		from, to := len(a.At), x[a.Axis]
		weights := make([]float64, to*from)
		for p, sources := range a.At {
			for k, at := range sources {
				weights[at*from+p] += a.Weight[p][k]
			}
		}
		outer, inner := volume(dims[:a.Axis]), volume(dims[a.Axis+1:])
		dims[a.Axis] = to
		stack := b.reshape(g, []int{outer, from, inner})
		g = b.reshape(b.add("MatMul", []*graph.Value{b.constant(g, weights, to, from), stack}), dims)
	}
	b.set(0, g)
	return nil
}
