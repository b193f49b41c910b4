package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Quantized numbers are held as float32 in programs: as whole numbers, counted from their zero point, which
// float32 represents exactly. So the kernels of float32 compute them, in any order of axes, and sums of
// products that stay below 2^24 are exact. The operators of Own between them and other numbers are these.
const (
	// Quantize rounds x to whole steps of "scale", holds these between "lo" and "hi", and multiplies by
	// "step".
	Quantize = "Quantize"
	// Rescale multiplies x by input 1, which has a number for each position of the channel axis of the
	// product x ("axis"), rounds to whole numbers and holds these between "lo" and "hi".
	Rescale = "Rescale"
	// Narrow stores whole numbers, plus input 1 if there is one, in the type of its output.
	Narrow = "Narrow"
	// Widen reads integers, less input 1 if there is one, as float32.
	Widen = "Widen"
	// QuantizeByRange is DynamicQuantizeLinear, but for output 0, which is whole numbers from the zero
	// point.
	QuantizeByRange = "QuantizeByRange"
)

func init() {
	bind(bindUnary, Own+"."+Quantize)
	bind(bindRescale, Own+"."+Rescale)
	bind(bindNarrow, Own+"."+Narrow)
	bind(bindWiden, Own+"."+Widen)
	bind(bindQuantizeByRange, Own+"."+QuantizeByRange)
}

// quantizing returns the activation that a Quantize is.
func quantizing(n *graph.Node) Activation {
	scale, lo, hi, step := n.Float("scale", 1), n.Float("lo", 0), n.Float("hi", 0), n.Float("step", 1)
	a := NoActivation
	a.Cost = 6
	a.F = func(y, x []float32) { simd.Quantize(y, x, 1, len(x), len(x), len(x), scale, lo, hi, step) }
	a.rows = func(y []float32, rows, n, ld, _ int) { simd.Quantize(y, y, rows, n, ld, ld, scale, lo, hi, step) }
	return a
}

// rescaling returns the activation that a Rescale with constant scales is.
func rescaling(n *graph.Node) (a Activation, ok bool) {
	a = NoActivation
	if n.In(1) == nil || !floats(n.In(1).Const) {
		return a, false
	}
	scale, lo, hi := graph.Data[float32](n.In(1).Const), n.Float("lo", 0), n.Float("hi", 0)
	a.Cost, a.ByColumn = 4, true
	a.rows = func(y []float32, rows, n, ld, first int) {
		simd.Rescale(y, y, scale[first:first+n], rows, n, ld, ld, lo, hi)
	}
	return a, true
}

// RescalingOf returns n, which reads the product root, as an activation. It returns ok == false if n is no
// Rescale of root's channels.
func RescalingOf(root, n *graph.Node) (a Activation, ok bool) {
	if n.Domain != Own || n.Op != Rescale {
		return a, false
	}
	axis := 1
	switch root.Op {
	case "Conv":
	case "MatMul":
		axis = len(n.Out(0).Type.Shape) - 1
	default:
		return a, false
	}
	if n.Int("axis", 0) != axis {
		return a, false
	}
	return rescaling(n)
}

// bindRescale reads with the channels innermost.
func bindRescale(q *Request) (*Bound, error) {
	x := q.in(0)
	axis := q.Node.Int("axis", 0)
	a, ok := rescaling(q.Node)
	if !ok || !floating(x) || axis >= x.Rank() || x.Dims[axis] != q.in(1).Len() {
		return nil, ErrUnfit
	}
	if !innermost(x, axis, axis+1) {
		x.Order = Identity(x.Rank())
		x.Order = append(append(x.Order[:axis:axis], x.Order[axis+1:]...), axis)
	}
	k := &Bound{Name: "rescale", Out: []Array{Float32(x.Dims...).In(x.Order)}, In: q.orders(), InPlace: []int{0}, Unread: []int{1}}
	k.In[0] = x.Order
	n := x.Dims[axis]
	k.Phases = rowsOf(x.Len()/max(1, n), n, a.Cost, func(c *Call, lo, hi int) {
		y := c.Out[0][lo*n : hi*n]
		copy(y, c.In[0][lo*n:hi*n])
		a.rows(y, hi-lo, n, n, 0)
	})
	return k, nil
}

// zeroOf returns the zero point at input 1 of a call: a single number, or 0 if there is none.
func zeroOf(c *Call) int64 {
	if len(c.Read) < 2 || c.Read[1] == nil {
		return 0
	}
	v, _ := graph.Ints(c.Read[1])
	return v[0]
}

// pieces divides n elements.
func pieces(n, cost int, do func(c *Call, from, to int)) []Phase {
	return []Phase{{Pieces: ceilDiv(n, run), Cost: run * cost, Do: func(c *Call, _ []float32, lo, hi int) { do(c, lo*run, min(n, hi*run)) }}}
}

func bindNarrow(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) || q.in(1).DType != graph.Undefined && q.in(1).Len() != 1 {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "narrow", Out: []Array{y}, In: q.orders()}
	switch y.DType {
	case graph.Int8:
		k.Phases = pieces(x.Len(), 2, narrowed[int8])
	case graph.Uint8:
		k.Phases = pieces(x.Len(), 2, narrowed[uint8])
	case graph.Int16:
		k.Phases = pieces(x.Len(), 2, narrowed[int16])
	case graph.Uint16:
		k.Phases = pieces(x.Len(), 2, narrowed[uint16])
	case graph.Int32:
		k.Phases = pieces(x.Len(), 2, narrowed[int32])
	default:
		return nil, ErrUnfit
	}
	return k, nil
}

func narrowed[T int8 | uint8 | int16 | uint16 | int32](c *Call, from, to int) {
	zero := zeroOf(c)
	y := graph.Data[T](c.Written[0])[from:to]
	for i, v := range c.In[0][from:to] {
		y[i] = T(int64(v) + zero)
	}
}

func bindWiden(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(y) || q.in(1).DType != graph.Undefined && q.in(1).Len() != 1 {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "widen", Out: []Array{y}, In: q.orders()}
	switch x.DType {
	case graph.Int8:
		k.Phases = pieces(x.Len(), 2, widened[int8])
	case graph.Uint8:
		k.Phases = pieces(x.Len(), 2, widened[uint8])
	case graph.Int16:
		k.Phases = pieces(x.Len(), 2, widened[int16])
	case graph.Uint16:
		k.Phases = pieces(x.Len(), 2, widened[uint16])
	default:
		return nil, ErrUnfit
	}
	return k, nil
}

func widened[T int8 | uint8 | int16 | uint16](c *Call, from, to int) {
	zero := zeroOf(c)
	y := c.Out[0][from:to]
	for i, v := range graph.Data[T](c.Read[0])[from:to] {
		y[i] = float32(int64(v) - zero)
	}
}

// bindQuantizeByRange finds the least and the greatest number of each piece, then quantizes all.
func bindQuantizeByRange(q *Request) (*Bound, error) {
	x := q.in(0)
	if !floating(x) || x.Len() == 0 || len(q.Out) != 3 {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "quantize by range", In: q.orders(), Out: []Array{Float32(x.Dims...).In(x.Order), Float32(), q.Out[2]}}
	k.In[0] = x.Order
	n := x.Len()
	parts := ceilDiv(n, run)
	k.Shared, k.Own = 2*parts, run
	k.Phases = []Phase{
		{Pieces: parts, Cost: run / 4, Do: func(c *Call, own []float32, lo, hi int) {
			for i := lo; i < hi; i++ {
				x := c.In[0][i*run : min(n, (i+1)*run)]
				minus := own[:len(x)]
				simd.SubFrom(minus, x, 0)
				c.Shared[2*i], c.Shared[2*i+1] = -simd.MaxOf(minus), simd.MaxOf(x)
			}
		}},
		{Pieces: 1, Cost: parts, Do: func(c *Call, _ []float32, _, _ int) {
			least, most := float32(0), float32(0)
			for i := range parts {
				least, most = min(least, c.Shared[2*i]), max(most, c.Shared[2*i+1])
			}
			scale, zero := op.QuantizationOf(least, most)
			c.Out[1][0], graph.Data[uint8](c.Written[2])[0] = scale, zero
		}},
	}
	k.Phases = append(k.Phases, pieces(n, 4, func(c *Call, from, to int) {
		scale, zero := c.Out[1][0], float32(graph.Data[uint8](c.Written[2])[0])
		simd.Quantize(c.Out[0][from:to], c.In[0][from:to], 1, to-from, to-from, to-from, scale, -zero, 255-zero, 1)
	})...)
	return k, nil
}
