package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/kernel/simd"
)

func init() {
	bind(bindSoftmax, "Softmax")
	bind(bindLayerNormalization, "LayerNormalization")
	bind(bindBatchNormalization, "BatchNormalization")
	bind(bindReduce, "ReduceMean", "ReduceSum", "GlobalAveragePool")
}

// rowsOf divides work on rows of n numbers.
func rowsOf(count, n, cost int, do func(c *Call, lo, hi int)) []Phase {
	if count == 0 || n == 0 {
		return nil
	}
	group := max(1, min(1024/max(1, n), count)) // short rows go in bundles
	return []Phase{{Pieces: ceilDiv(count, group), Cost: group * n * cost, Do: func(c *Call, _ []float32, lo, hi int) {
		do(c, lo*group, min(count, hi*group))
	}}}
}

// bindSoftmax wants the axes it normalises over side by side in memory, innermost.
func bindSoftmax(q *Request) (*Bound, error) {
	x := q.in(0)
	if !floating(x) {
		return nil, ErrUnfit
	}
	first, end, err := op.DecodeSoftmax(q.Node, x.Rank())
	if err != nil {
		return nil, ErrUnfit
	}
	if !innermost(x, first, end) {
		if end != x.Rank() {
			return nil, ErrUnfit
		}
		x.Order = nil
	}
	n := volume(x.Dims[first:end])
	k := &Bound{Name: "softmax", Out: []Array{{DType: x.DType, Dims: x.Dims, Order: x.Order}}, In: q.orders(), InPlace: []int{0}}
	k.In[0] = x.Order
	k.Phases = rowsOf(x.Len()/max(1, n), n, 12, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			simd.Softmax(c.Out[0][i*n:(i+1)*n], c.In[0][i*n:(i+1)*n])
		}
	})
	return k, nil
}

// innermost reports whether the axes from first up to, not including, end lie innermost in memory, in their order.
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

// bindLayerNormalization leaves the statistics as outputs, and Scale and B of other shapes than the normalised axes, to Eval.
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
	k := &Bound{Name: "layernormalization", Out: []Array{Float32(x.Dims...)}, In: q.orders(), InPlace: []int{0}}
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

// bindBatchNormalization is a scale and a shift of each channel; what they are is settled here where all is constant.
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

// bindReduce sums or averages over axes that lie side by side in memory.
func bindReduce(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) || x.Rank() == 0 {
		return nil, ErrUnfit
	}
	reduced := make([]bool, x.Rank())
	keep := true
	if q.Node.Op == "GlobalAveragePool" {
		for d := 2; d < x.Rank(); d++ {
			reduced[d] = true
		}
	} else {
		in, err := q.known()
		if err != nil {
			return nil, err
		}
		if reduced, _, err = op.DecodeReduce(q.Node, in); err != nil {
			return nil, ErrUnfit
		}
		keep = q.Node.Int("keepdims", 1) != 0
	}
	l, ok := reducedLanes(x, reduced)
	if !ok {
		if x.Order = nil; true {
			if l, ok = reducedLanes(x, reduced); !ok {
				return nil, ErrUnfit
			}
		}
	}
	if l.size == 0 || !slices.Contains(reduced, true) {
		return nil, ErrUnfit
	}
	y.Order = reducedOrder(x, reduced, keep)
	k := &Bound{Name: "reduce", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	scale := 1.0
	if q.Node.Op != "ReduceSum" {
		scale = 1 / float64(l.size)
	}
	if l.inner == 1 {
		k.Phases = rowsOf(l.outer, l.size, 1, func(c *Call, lo, hi int) {
			for i := lo; i < hi; i++ {
				c.Out[0][i] = float32(simd.Sum(c.In[0][i*l.size:(i+1)*l.size]) * scale)
			}
		})
		return k, nil
	}
	const width = 64 // columns that are summed at a time
	parts := ceilDiv(l.inner, width)
	k.Phases = []Phase{{Pieces: l.outer * parts, Cost: l.size * min(width, l.inner), Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			o, first := i/parts, i%parts*width
			n := min(width, l.inner-first)
			y, x := c.Out[0][o*l.inner+first:][:n], c.In[0][o*l.size*l.inner+first:]
			if scale == 1 {
				simd.SumRows(y, x, l.size, n, l.inner)
			} else {
				simd.MeanRows(y, x, l.size, n, l.inner)
			}
		}
	}}}
	return k, nil
}

// reducedLanes is how the reduced axes lie in memory; ok is false where others lie between them.
func reducedLanes(x Array, reduced []bool) (l lanes, ok bool) {
	l = lanes{1, 1, 1}
	state := 0 // before, in, after the reduced axes
	for _, d := range order(x.Dims, x.Order) {
		switch {
		case reduced[d] && state == 2:
			return l, false
		case reduced[d]:
			state = 1
			l.size *= x.Dims[d]
		case state == 0:
			l.outer *= x.Dims[d]
		default:
			state = 2
			l.inner *= x.Dims[d]
		}
	}
	return l, true
}

// reducedOrder is the order of what is left of x's axes.
func reducedOrder(x Array, reduced []bool, keep bool) []int {
	if x.Order == nil || keep {
		return x.Order
	}
	number := make([]int, x.Rank())
	n := 0
	for d := range number {
		number[d] = n
		if !reduced[d] {
			n++
		}
	}
	var o []int
	for _, d := range x.Order {
		if !reduced[d] {
			o = append(o, number[d])
		}
	}
	return o
}

// batchAffine is BatchNormalization as a scale and a shift of each channel.
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
