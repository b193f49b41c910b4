package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// QuantizeLinear and DequantizeLinear convert between float32 and 8 bits (and from 32 bits, in
// which biases are stored), with one constant scale or one for each position of an axis. Such nodes
// surround every node of a QDQ model.
func init() {
	bind(bindQuantize, "QuantizeLinear")
	bind(bindDequantize, "DequantizeLinear")
}

// scaled describes lanes of elements that have one scale each. Lane i has scale number i %
// len(scale) and is size long.
type scaled struct {
	lanes, size int
	scale       []float32
	zero        []int64
}

// scaledOf reads scales and zero points. It returns ErrUnfit if they are computed or if blocks
// share scales.
func scaledOf(q *Request) (s scaled, err error) {
	x, scale, zero := q.in(0), q.in(1), q.in(2)
	if scale.Const == nil || !floats(scale.Const) || zero.DType != graph.Undefined && zero.Const == nil {
		return s, ErrUnfit
	}
	spread, err := op.DecodeScales(q.Node, x.Dims, scale.Dims)
	if err != nil || spread.Blocked {
		return s, ErrUnfit
	}
	s = scaled{spread.Outer * spread.Size, spread.Inner, graph.Data[float32](scale.Const), nil}
	if len(s.scale) == 1 {
		s.lanes, s.size = 1, x.Len()
	}
	s.zero = make([]int64, len(s.scale))
	if zero.Const != nil {
		v, ok := graph.Ints(zero.Const)
		if !ok || len(v) != len(s.scale) {
			return s, ErrUnfit
		}
		s.zero = v
	}
	return s, nil
}

// phases calls f for the pieces of every lane. The elements from from to to have scale k.
func (s scaled) phases(cost int, f func(c *Call, from, to, k int)) []Phase {
	if s.lanes == 1 {
		return []Phase{{Pieces: ceilDiv(s.size, run), Cost: run * cost, Do: func(c *Call, _ []float32, lo, hi int) {
			f(c, lo*run, min(s.size, hi*run), 0)
		}}}
	}
	return rowsOf(s.lanes, s.size, cost, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			f(c, i*s.size, (i+1)*s.size, i%len(s.scale))
		}
	})
}

// bindQuantize reads in row-major order, because its output has that order.
func bindQuantize(q *Request) (*Bound, error) {
	y := q.Out[0]
	if !floating(q.in(0)) {
		return nil, ErrUnfit
	}
	s, err := scaledOf(q)
	if err != nil {
		return nil, err
	}
	k := &Bound{Name: "quantize", Out: []Array{y}, In: q.orders(), Unread: []int{1, 2}}
	switch y.DType {
	case graph.Int8:
		k.Phases = s.phases(4, func(c *Call, from, to, k int) { quantized[int8](c, s, from, to, k, -128, 127) })
	case graph.Uint8:
		k.Phases = s.phases(4, func(c *Call, from, to, k int) { quantized[uint8](c, s, from, to, k, 0, 255) })
	default:
		return nil, ErrUnfit
	}
	return k, nil
}

// quantized rounds to even by adding and subtracting a number so large that the sum has no room for
// a fraction.
func quantized[T int8 | uint8](c *Call, s scaled, from, to, k int, least, most int64) {
	const large = 3 << 22
	x, y := c.In[0][from:to], graph.Data[T](c.Written[0])[from:to]
	scale, zero := s.scale[k], s.zero[k]
	lo, hi := float32(least-zero), float32(most-zero)
	for i, v := range x {
		q := min(max(v/scale, lo), hi)
		if q != q {
			q = 0
		}
		q += large
		q -= large
		y[i] = T(int64(q) + zero)
	}
}

func bindDequantize(q *Request) (*Bound, error) {
	y := q.Out[0]
	if y.DType != graph.Float32 {
		return nil, ErrUnfit
	}
	s, err := scaledOf(q)
	if err != nil {
		return nil, err
	}
	k := &Bound{Name: "dequantize", Out: []Array{y}, In: q.orders(), Unread: []int{1, 2}}
	switch q.in(0).DType {
	case graph.Uint8:
		k.Phases = s.phases(2, func(c *Call, from, to, k int) { dequantized[uint8](c, s, from, to, k) })
	case graph.Int8:
		k.Phases = s.phases(2, func(c *Call, from, to, k int) { dequantized[int8](c, s, from, to, k) })
	case graph.Int32:
		k.Phases = s.phases(2, func(c *Call, from, to, k int) { dequantized[int32](c, s, from, to, k) })
	default:
		return nil, ErrUnfit
	}
	return k, nil
}

func dequantized[T int8 | uint8 | int32](c *Call, s scaled, from, to, k int) {
	x, y := graph.Data[T](c.Read[0])[from:to], c.Out[0][from:to]
	scale, zero := s.scale[k], s.zero[k]
	for i, v := range x {
		y[i] = float32(int64(v)-zero) * scale
	}
}
