package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// QuantizeLinear and DequantizeLinear between float32 and 8 bits (from 32 bits too, as biases are kept), with
// one scale or one for each position of an axis: those in front of and behind every node of a QDQ model.
func init() {
	register(Kernel{Name: "quantize", Op: "QuantizeLinear", Prepare: prepareQuantize})
	register(Kernel{Name: "dequantize", Op: "DequantizeLinear", Prepare: prepareDequantize})
}

// scaled is the lanes of elements with one scale each: lane i has number i % len(scale) and is size long.
type scaled struct {
	lanes, size int
	scale       []float32
	zero        []int64
}

// scaledOf reads scale and zero points; ErrUnfit where blocks share scales.
func scaledOf(n *graph.Node, in []*graph.Tensor) (s scaled, err error) {
	if !floats(in[1]) {
		return s, ErrUnfit
	}
	spread, err := op.DecodeScales(n, in[0].Shape(), in[1].Shape())
	if err != nil {
		return s, err
	}
	if spread.Blocked {
		return s, ErrUnfit
	}
	s = scaled{spread.Outer * spread.Size, spread.Inner, graph.Data[float32](in[1]), nil}
	if len(s.scale) == 1 {
		s.lanes, s.size = 1, in[0].Len()
	}
	s.zero = make([]int64, len(s.scale))
	if z := input(in, 2); z != nil {
		v, ok := graph.Ints(z)
		if !ok || len(v) != len(s.scale) {
			return s, ErrUnfit
		}
		s.zero = v
	}
	return s, nil
}

// each calls f for the pieces of every lane: elements lo to hi have scale k.
func (s scaled) each(r *Run, cost int, f func(lo, hi, k int)) {
	if s.lanes == 1 {
		r.Parallel(s.size, cost, func(lo, hi int) { f(lo, hi, 0) })
		return
	}
	r.Parallel(s.lanes, cost*s.size, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i*s.size, (i+1)*s.size, i%len(s.scale))
		}
	})
}

func prepareQuantize(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		d := graph.Uint8
		if z := input(in, 2); z != nil {
			d = z.DType()
		} else if n.Int("output_dtype", 0) != 0 {
			return nil, ErrUnfit
		}
		if !floats(in[0]) || d != graph.Uint8 && d != graph.Int8 {
			return nil, ErrUnfit
		}
		s, err := scaledOf(n, in)
		if err != nil {
			return nil, err
		}
		if d == graph.Int8 {
			return one(quantized[int8](r, in[0], s, -128, 127)), nil
		}
		return one(quantized[uint8](r, in[0], s, 0, 255)), nil
	}, nil
}

// quantized rounds to even by adding and taking away a number so large that no fraction fits beside it.
func quantized[T int8 | uint8](r *Run, t *graph.Tensor, s scaled, least, most int64) *graph.Tensor {
	const large = 3 << 22
	x, y := graph.Data[float32](t), make([]T, t.Len())
	s.each(r, 4, func(from, to, k int) {
		scale, zero := s.scale[k], s.zero[k]
		lo, hi := float32(least-zero), float32(most-zero)
		for i, v := range x[from:to] {
			q := min(max(v/scale, lo), hi)
			if q != q {
				q = 0
			}
			q += large
			q -= large
			y[from+i] = T(int64(q) + zero)
		}
	})
	return graph.TensorOf(y, t.Shape()...)
}

func prepareDequantize(n *graph.Node, _ []*graph.Tensor) (Func, error) {
	if n.Int("output_dtype", int(graph.Float32)) != int(graph.Float32) {
		return nil, ErrUnfit
	}
	return func(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
		switch in[0].DType() {
		case graph.Uint8, graph.Int8, graph.Int32:
		default:
			return nil, ErrUnfit
		}
		s, err := scaledOf(n, in)
		if err != nil {
			return nil, err
		}
		y := r.New(in[0].Shape()...)
		switch in[0].DType() {
		case graph.Uint8:
			dequantized[uint8](r, y, in[0], s)
		case graph.Int8:
			dequantized[int8](r, y, in[0], s)
		default:
			dequantized[int32](r, y, in[0], s)
		}
		return one(y), nil
	}, nil
}

func dequantized[T int8 | uint8 | int32](r *Run, out, t *graph.Tensor, s scaled) {
	x, y := graph.Data[T](t), graph.Data[float32](out)
	s.each(r, 2, func(from, to, k int) {
		scale, zero := s.scale[k], s.zero[k]
		for i, v := range x[from:to] {
			y[from+i] = float32(int64(v)-zero) * scale
		}
	})
}
