package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() {
	bind(bindSoftmax, "Softmax", "LogSoftmax")
	bind(bindLayerNormalization, "LayerNormalization")
	bind(bindBatchNormalization, "BatchNormalization")
}

// rowsOf divides work on count rows of n numbers.
func rowsOf(count, n, cost int, do func(c *Call, lo, hi int)) []Phase {
	if count == 0 || n == 0 {
		return nil
	}
	group := max(1, min(1024/max(1, n), count)) // short rows are grouped
	return []Phase{{Pieces: ceilDiv(count, group), Cost: group * n * cost, Do: func(c *Call, _ []float32, lo, hi int) {
		do(c, lo*group, min(count, hi*group))
	}}}
}

// bindSoftmax wants the axes it normalizes over to be contiguous and innermost in memory. Moving
// other axes there costs less than walking across memory.
func bindSoftmax(q *Request) (*Bound, error) {
	x := q.in(0)
	if !floating(x) {
		return nil, ErrUnfit
	}
	first, end, err := op.DecodeSoftmax(q.Node, x.Rank())
	if err != nil {
		return nil, ErrUnfit
	}
	x.Order = innermostOrder(x, first, end)
	n := volume(x.Dims[first:end])
	f := simd.Softmax
	if q.Node.Op == "LogSoftmax" {
		f = simd.LogSoftmax
	}
	k := &Bound{Name: "softmax", Out: []Array{{DType: x.DType, Dims: x.Dims, Order: x.Order}}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	k.Phases = rowsOf(x.Len()/max(1, n), n, 12, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			f(c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n])
		}
	})
	return k, nil
}

// innermost reports whether the axes from first up to, not including, end are innermost in memory
// and in order.
func innermost(a Array, first, end int) bool {
	o := order(a.Dims, a.Order)
	at := len(o) - 1
	for d := end - 1; d >= first; d-- {
		if a.Dims[d] == 1 {
			continue
		}
		if at < 0 || o[at] != d {
			return false
		}
		at--
	}
	return true
}

// innermostOrder returns a's order, or one in which the axes from first up to, not including, end
// are innermost. That is row-major order if it qualifies; otherwise the other axes stay in their
// present order.
func innermostOrder(a Array, first, end int) []int {
	switch {
	case innermost(a, first, end):
		return a.Order
	case end == a.Rank():
		return nil
	}
	lies := a.Order
	if lies == nil {
		lies = Identity(a.Rank())
	}
	var o []int
	for _, d := range lies {
		if d < first || d >= end {
			o = append(o, d)
		}
	}
	for d := first; d < end; d++ {
		o = append(o, d)
	}
	return o
}

// bindLayerNormalization leaves to Eval nodes that output statistics, and those whose Scale or B
// have other shapes than the normalized axes.
func bindLayerNormalization(q *Request) (*Bound, error) {
	x := q.in(0)
	if len(q.Out) != 1 || !floating(x) || len(q.Node.Inputs()) > 3 {
		return nil, ErrUnfit
	}
	axis, err := op.DecodeLayerNormalization(q.Node, x.Rank())
	if err != nil {
		return nil, ErrUnfit
	}
	row := x.Dims[axis:]
	affine := 1
	for i := 1; i < len(q.Node.Inputs()); i++ {
		if q.In[i].DType == graph.Undefined {
			continue
		}
		if !floating(q.In[i]) || !slices.Equal(q.In[i].Dims, row) {
			return nil, ErrUnfit
		}
		affine = i
	}
	n := volume(row)
	epsilon := q.Node.Float("epsilon", 1e-5)
	x.Order = innermostOrder(x, axis, x.Rank())
	k := &Bound{Name: "layernormalization", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	k.Phases = rowsOf(x.Len()/max(1, n), n, 6, func(c *Call, lo, hi int) {
		var shift []float32
		if affine == 2 {
			shift = c.In[2]
		}
		for i := lo; i < hi; i++ {
			simd.LayerNorm(c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n], c.In[1], shift, epsilon)
		}
	})
	return k, nil
}

// bindBatchNormalization computes a scale and a shift of each channel, which it determines at
// binding if all parameters are constant.
func bindBatchNormalization(q *Request) (*Bound, error) {
	x := q.in(0)
	if len(q.Out) != 1 || !op.PerChannel(q.Node) || !floating(x) || x.Rank() < 2 {
		return nil, ErrUnfit
	}
	channels := x.Dims[1]
	for _, a := range q.In[1:5] {
		if a.Const == nil || !floats(a.Const) || a.Const.Len() != channels {
			return nil, ErrUnfit
		}
	}
	scale, shift := batchAffine(q.Node, q.In[1].Const, q.In[2].Const, q.In[3].Const, q.In[4].Const)
	k := &Bound{Name: "batchnormalization", Out: []Array{{DType: x.DType, Dims: x.Dims, Order: x.Order}}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	act := q.Epilogue.Activation
	lo32, hi32 := act.clamp()
	if SameOrder(x.Dims, x.Order, ChannelsLast(x.Rank())) {
		k.Phases = rowsOf(x.Len()/max(1, channels), channels, 2, func(c *Call, lo, hi int) {
			simd.ScaleShiftRows(c.Out[0][lo*channels:hi*channels], c.In[0][lo*channels:hi*channels], scale, shift, hi-lo, channels, channels, channels, lo32, hi32)
			if act.F != nil {
				act.apply(c.Out[0][lo*channels : hi*channels])
			}
		})
		return k, nil
	}
	x.Order, k.In[0], k.Out[0].Order = nil, nil, nil
	n := volume(x.Dims[2:])
	k.Phases = rowsOf(x.Dims[0]*channels, n, 2, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			y := c.Out[0][i*n : (i+1)*n]
			a, b := scale[i%channels], shift[i%channels]
			for j, v := range c.In[0][i*n : (i+1)*n] {
				y[j] = v*a + b
			}
			act.apply(y)
		}
	})
	return k, nil
}

// batchAffine returns BatchNormalization as a scale and a shift of each channel.
func batchAffine(n *graph.Node, scale, bias, mean, variance *graph.Tensor) (a, b []float32) {
	epsilon := float64(n.Float("epsilon", 1e-5))
	s, o, m, v := graph.Data[float32](scale), graph.Data[float32](bias), graph.Data[float32](mean), graph.Data[float32](variance)
	a, b = make([]float32, len(s)), make([]float32, len(s))
	for i := range s {
		f := float64(s[i]) / math.Sqrt(float64(v[i])+epsilon)
		a[i], b[i] = float32(f), float32(float64(o[i])-float64(m[i])*f)
	}
	return a, b
}
