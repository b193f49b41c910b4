package runtime

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// view lowers a node that changes extents or the order of axes but no numbers. Its output is
// another view of the slot of its input. It returns done == false if the node is of another kind.
func (b *builder) view(n *graph.Node) (done bool, err error) {
	if n.Domain != "" || len(n.Outputs()) == 0 || n.Out(0) == nil {
		return false, nil
	}
	x := n.In(0)
	if x == nil || x.Type.DType != n.Out(0).Type.DType {
		return false, nil
	}
	switch n.Op {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Cast":
	case "Dropout":
		if m := n.Out(1); m != nil && !m.Unused() || drops(n) {
			return false, nil
		}
	default:
		return false, nil
	}
	o, err := b.value(x)
	if err != nil {
		return false, err
	}
	out := arrayOf(n.Out(0).Type)
	if o.DType != graph.Float32 {
		if n.Op == "Transpose" {
			return false, nil
		}
		b.values[n.Out(0)] = operand{kernel.Array{DType: o.DType, Dims: out.Dims}, o.slot}
		return true, nil
	}
	if n.Op == "Transpose" {
		perm, err := op.DecodeTranspose(n, o.Rank())
		if err != nil {
			return false, err
		}
		b.values[n.Out(0)] = operand{kernel.Array{DType: o.DType, Dims: out.Dims, Order: transposedOrder(o.Array, perm)}, o.slot}
		return true, nil
	}
	order, ok := reshapedOrder(o.Array, out.Dims)
	if !ok {
		if o, err = b.in(o, nil); err != nil {
			return false, err
		}
		order = nil
	}
	b.values[n.Out(0)] = operand{kernel.Array{DType: o.DType, Dims: out.Dims, Order: order}, o.slot}
	return true, nil
}

// drops reports whether a Dropout may be in training mode, which drops elements.
func drops(n *graph.Node) bool {
	if n.Version < 7 {
		return n.Int("is_test", 0) == 0
	}
	ratio, mode := n.In(1), n.In(2) // since opset 12
	if mode == nil || ratio != nil && ratio.Const != nil && ratio.Const.DType() == graph.Float32 && ratio.Const.Len() == 1 && graph.Data[float32](ratio.Const)[0] == 0 {
		return false
	}
	if mode.Const == nil || mode.Const.DType() != graph.Bool || mode.Const.Len() != 1 {
		return true
	}
	return graph.Data[bool](mode.Const)[0]
}

// transposedOrder returns the order in memory of a's axes after a transposition by perm, in which
// axis i is what axis perm[i] was.
func transposedOrder(a kernel.Array, perm []int) []int {
	was := a.Order
	if was == nil {
		was = kernel.Identity(len(perm))
	}
	out := make([]int, len(was))
	for i, d := range was {
		out[i] = slices.Index(perm, d)
	}
	return out
}

// reshapedOrder returns the order of axes for other extents in the memory of a. It returns ok ==
// false if the result would not be contiguous. Axes that keep their neighbours in memory may be
// merged and split.
func reshapedOrder(a kernel.Array, dims []int) (order []int, ok bool) {
	if a.Plain() || a.Len() == 0 {
		return nil, true
	}
	old := a.Strides()
	strides := make([]int, len(dims))
	i, j := 0, 0
	for i < len(a.Dims) && j < len(dims) {
		from, to := i, j
		p, q := a.Dims[i], dims[j]
		i++
		j++
		for p != q {
			if p < q {
				p *= a.Dims[i]
				i++
			} else {
				q *= dims[j]
				j++
			}
		}
		last := -1 // the merged axes must be contiguous in memory
		for d := from; d < i; d++ {
			if a.Dims[d] == 1 {
				continue
			}
			if last >= 0 && old[last] != old[d]*a.Dims[d] {
				return nil, false
			}
			last = d
		}
		step := 1
		if last >= 0 {
			step = old[last]
		}
		for d := j - 1; d >= to; d-- {
			strides[d] = step
			step *= dims[d]
		}
	}
	return kernel.OrderOf(dims, strides)
}

// wanted returns the order of v that leaves its readers the least to do, or nil if there is no
// preference. It is the order that becomes row-major after a Transpose that is the only reader, or
// channels last if no reader computes in another order.
func wanted(v *graph.Value) []int {
	uses := v.Uses()
	if len(uses) == 0 || v.IsOutput() {
		return nil
	}
	if !slices.ContainsFunc(uses, func(u graph.Use) bool { return !readsChannelsLast(u.Node) }) {
		return kernel.ChannelsLast(len(v.Type.Shape))
	}
	if len(uses) != 1 || uses[0].Node.Op != "Transpose" || uses[0].Node.Domain != "" {
		return nil
	}
	perm, err := op.DecodeTranspose(uses[0].Node, len(v.Type.Shape))
	if err != nil {
		return nil
	}
	return perm
}

// readsChannelsLast reports whether n computes from images in channels-last order, whatever its
// weights.
func readsChannelsLast(n *graph.Node) bool {
	switch {
	case n.Domain != "":
		return false
	case n.Op == "MaxPool" || n.Op == "AveragePool":
		return true
	}
	return n.Op == "Conv" && n.Int("group", 1) > 1 && n.In(1) != nil && len(n.In(1).Type.Shape) > 2 && n.In(1).Type.Shape[1] == graph.Size(1)
}
