package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Scales tells which scale and zero point of a QuantizeLinear or DequantizeLinear an element has. In row-major order
// over Outer, Size and Inner, element (o, k, i) has number (o, k/Block, i) if Blocked, and number k if not. Block is
// then 1, or Size if there is one scale for all.
type Scales struct {
	Outer, Size, Inner, Block int
	Blocked                   bool
}

// Of returns the number of the scale of element i.
func (s Scales) Of(i int) int {
	k := i / s.Inner % s.Size / s.Block
	if !s.Blocked {
		return k
	}
	blocks := (s.Size + s.Block - 1) / s.Block
	return (i/s.Inner/s.Size*blocks+k)*s.Inner + i%s.Inner
}

// granularity is how scales are distributed over the elements.
type granularity uint8

const (
	perTensor granularity = iota
	perAxis
	perBlock
)

// scaleLayout returns how scales of that shape are distributed over a value of shape x: on which axis, and in blocks of
// what size. Ranks are known.
func scaleLayout(n *graph.Node, x, scale graph.Shape) (how granularity, axis, block int, err error) {
	if block = n.Int("block_size", 0); block < 0 {
		return 0, 0, 0, fmt.Errorf("block_size: want no negative number, have %d", block)
	}
	single := scale.Elems().Is(1) && len(scale) <= 1
	if n.Version < 21 {
		block = 0
	}
	switch {
	case block == 0 && single:
		return perTensor, 0, 0, nil
	case n.Version < 13:
		return 0, 0, 0, fmt.Errorf("scale: want one number, have shape %v", scale)
	case block == 0 && len(scale) != 1:
		return 0, 0, 0, fmt.Errorf("scale: want one number or a vector, have shape %v", scale)
	case len(x) == 1:
		axis = 0 // what the attribute says is left out or its default, which a vector does not have
	default:
		if axis, err = normalAxis(n.Int("axis", 1), len(x)); err != nil {
			return 0, 0, 0, err
		}
	}
	if len(x) == 0 {
		return 0, 0, 0, fmt.Errorf("scale of shape %v for a single number", scale)
	}
	if block == 0 {
		if x[axis].Known() && scale[0].Known() && x[axis] != scale[0] {
			return 0, 0, 0, fmt.Errorf("scale: want %v, one for each position of axis %d, have %v", x[axis], axis, scale[0])
		}
		return perAxis, axis, 1, nil
	}
	if len(scale) != len(x) {
		return 0, 0, 0, fmt.Errorf("scale: want %d axes, have shape %v", len(x), scale)
	}
	for d, e := range scale {
		want := x[d]
		if v, known := want.Value(); known && d == axis {
			want = graph.Size(v/block + min(1, v%block))
		} else if d == axis {
			continue
		}
		if want.Known() && e.Known() && want != e {
			return 0, 0, 0, fmt.Errorf("scale of shape %v does not go with %v in blocks of %d on axis %d", scale, x, block, axis)
		}
	}
	return perBlock, axis, block, nil
}

// DecodeScales returns how scales of that shape are distributed over a tensor of shape x.
func DecodeScales(n *graph.Node, x, scale []int) (Scales, error) {
	how, axis, block, err := scaleLayout(n, graph.ShapeOf(x...), graph.ShapeOf(scale...))
	if err != nil {
		return Scales{}, err
	}
	if how == perTensor {
		all := max(volume(x), 1)
		return Scales{Outer: 1, Size: all, Inner: 1, Block: all}, nil
	}
	return Scales{volume(x[:axis]), x[axis], volume(x[axis+1:]), block, how == perBlock}, nil
}

// inferScaled checks scale and zero point of a node against input 0.
func inferScaled(n *graph.Node) error {
	x, scale, zero := inShape(n, 0), inShape(n, 1), inShape(n, 2)
	if scale != nil && zero != nil && scale.Known() && zero.Known() && !scale.Equal(zero) &&
		!(scale.Elems().Is(1) && zero.Elems().Is(1)) {
		return fmt.Errorf("zero point: want shape %v as the scale has, have %v", scale, zero)
	}
	if x == nil || scale == nil {
		return nil
	}
	_, _, _, err := scaleLayout(n, x, scale)
	return err
}

// coupleScaled couples input 0 with output 0, and scales and zero points with the axes that they are distributed over.
// If there is one for each position, it is removed with it. Elements of a block share theirs, so blocks are removed as a
// whole.
func coupleScaled(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	x, scale := inShape(n, 0), inShape(n, 1)
	how, axis, block, err := scaleLayout(n, x, scale)
	if err != nil || how == perTensor {
		return c, err
	}
	blocks := graph.Unknown
	if how == perBlock {
		if size, known := x[axis].Value(); !known || size%block != 0 {
			for _, a := range []Axis{Out(0, axis), In(1, axis)} {
				c.pinAxis(a, "its blocks of elements that share a scale do not divide it")
			}
		} else {
			blocks = graph.Size(size / block)
			within := c.addVirtual(graph.Size(block))
			c.pinAxis(within, "elements of a block share a scale")
			coupleBlocks(&c, []graph.Dim{blocks, graph.Size(block)}, Out(0, axis), within, In(1, axis))
		}
	}
	for i := 1; i < 3; i++ {
		for d := range inShape(n, i) {
			switch {
			case how == perAxis:
				c.link(In(i, d), Out(0, axis))
			case d != axis:
				c.link(In(i, d), Out(0, d))
			case i == 2 || !blocks.Known():
				c.link(In(i, d), In(1, d))
			}
		}
	}
	return c, nil
}

// coupleBlocks states that whole is blocks of the positions of within.
func coupleBlocks(c *Coupling, dims []graph.Dim, whole, within, blocks Axis) {
	c.Product = append(c.Product, Product{axesOver1([]Axis{whole}, []graph.Dim{dims[0].Mul(dims[1])}), axesOver1([]Axis{blocks, within}, dims)})
}

// packedInts returns the elements of a tensor of integers, including those of 4 and 2 bits.
func packedInts(t *graph.Tensor) ([]int64, bool) {
	bits, d := t.DType().Bits(), t.DType()
	if v, ok := graph.Ints(t); ok {
		return v, d.IsInt()
	}
	if !d.IsInt() {
		return nil, false
	}
	raw, out := t.Raw(), make([]int64, t.Len())
	for i := range out {
		v := int64(raw[i*bits/8]) >> (i * bits % 8) & (1<<bits - 1)
		if lo, hi := quantizedRange(d); lo < 0 && float64(v) > hi {
			v -= 1 << bits
		}
		out[i] = v
	}
	return out, true
}

// packInts makes a tensor of integers that are in the range of its type, which may have 4 or 2
// bits.
func packInts(d graph.DType, v []int64, dims []int) (*graph.Tensor, error) {
	bits := d.Bits()
	if !d.IsInt() || bits >= 8 {
		return fromInts(d, v, dims)
	}
	raw := make([]byte, graph.RawLen(d, len(v)))
	for i, x := range v {
		raw[i*bits/8] |= byte(x&(1<<bits-1)) << (i * bits % 8)
	}
	return graph.FromRaw(d, dims, raw)
}

// quantizedRange returns the least and the greatest number of an integer type.
func quantizedRange(d graph.DType) (lo, hi float64) {
	bits := d.Bits()
	switch d {
	case graph.Uint8, graph.Uint16, graph.Uint32, graph.Uint4, graph.Uint2:
		return 0, math.Ldexp(1, bits) - 1
	}
	return -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1) - 1
}

// quantize returns x in steps of scale from the zero point, rounded to even and clamped to the range. The quotient is
// computed in single precision, as runtimes do. NaN becomes the zero point.
func quantize(x, scale, zero, lo, hi float64) int64 {
	q := math.RoundToEven(float64(float32(x/scale))) + zero
	if math.IsNaN(q) {
		q = zero
	}
	return int64(min(max(q, lo), hi))
}

// scaledInputs returns the scales and zero points of an Eval, with a zero point for each scale, and
// how they are distributed over in[0].
func scaledInputs(n *graph.Node, in []*graph.Tensor) (s Scales, scale []float64, zero []int64, err error) {
	if s, err = DecodeScales(n, in[0].Shape(), in[1].Shape()); err != nil {
		return
	}
	scale, ok := graph.Floats(in[1])
	if !ok || !in[1].DType().IsFloat() {
		return s, nil, nil, fmt.Errorf("scales of type %v are not supported", in[1].DType())
	}
	zero = make([]int64, len(scale))
	if len(in) > 2 && in[2] != nil {
		if _, mini := minifloats[in[2].DType()]; mini {
			if z, _ := minifloatNumbers(in[2]); slices.ContainsFunc(z, func(x float64) bool { return x != 0 }) {
				return s, nil, nil, fmt.Errorf("zero point: want 0 for elements of type %v", in[2].DType())
			}
			if in[2].Len() != len(scale) {
				return s, nil, nil, fmt.Errorf("zero point: want %d, one for each scale, have %d", len(scale), in[2].Len())
			}
			return s, scale, zero, nil
		}
		if zero, ok = packedInts(in[2]); !ok {
			return s, nil, nil, fmt.Errorf("zero points of type %v are not supported", in[2].DType())
		}
		if len(zero) != len(scale) {
			return s, nil, nil, fmt.Errorf("zero point: want %d, one for each scale, have %d", len(scale), len(zero))
		}
	}
	return s, scale, zero, nil
}

// Representable returns the least and the greatest number, in units of its scale, that elements of the quantized type d
// represent, for each of count scales with these zero points (nil: 0).
func Representable(d graph.DType, zeroes *graph.Tensor, count int) [][2]float64 {
	lo, hi := quantizedRange(d)
	out := slices.Repeat([][2]float64{{lo, hi}}, count)
	if zeroes != nil {
		z, _ := packedInts(zeroes)
		for k := range z[:min(len(z), count)] {
			out[k] = [2]float64{lo - float64(z[k]), hi - float64(z[k])}
		}
	}
	return out
}

// Quantize returns x as quantized numbers of type d such that n, a DequantizeLinear with constant scales and zero
// points, produces what is nearest to x.
func Quantize(n *graph.Node, x *graph.Tensor, d graph.DType) (*graph.Tensor, error) {
	in := constantInputs(n)
	in[0] = x
	s, scale, zero, err := scaledInputs(n, in)
	if err != nil {
		return nil, err
	}
	return quantizeAll(x, d, s, scale, zero)
}

func quantizeAll(x *graph.Tensor, d graph.DType, s Scales, scale []float64, zero []int64) (*graph.Tensor, error) {
	if !d.IsInt() || d.Bits() > 32 {
		return nil, fmt.Errorf("quantization to %v is not supported", d)
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	lo, hi := quantizedRange(d)
	y := make([]int64, len(v))
	for i, e := range v {
		k := s.Of(i)
		y[i] = quantize(e, scale[k], float64(zero[k]), lo, hi)
	}
	return packInts(d, y, x.Shape())
}
