package op

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Cast", Doc: "another element type; https://onnx.ai/onnx/operators/onnx__Cast.html",
		Since: 6, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			d, err := castTarget(n)
			return []graph.Type{castType(n, d)}, err
		},
		Couple: coupleSame,
		Grad:   gradCast, Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			d, err := castTarget(n)
			if err != nil {
				return nil, err
			}
			t, err := cast(in[0], d, roundingOf(n))
			return []*graph.Tensor{t}, err
		},
	})
}

// castTarget returns the element type that the attribute names.
func castTarget(n *graph.Node) (graph.DType, error) {
	d := graph.DType(n.Int("to", 0))
	if !d.Valid() {
		return graph.Undefined, fmt.Errorf("to: want the number of an element type, have %d", d)
	}
	return d, nil
}

// castType returns the type of input 0 with another element type. Known elements remain known if
// both types are integers.
func castType(n *graph.Node, d graph.DType) graph.Type {
	x := inType(n, 0)
	return withElems(graph.TensorType(d, x.Shape), castElems(inputElems(n, 0), d))
}

// castElems returns whole numbers as elements of type d. Those that might wrap are Unknown.
func castElems(elems []graph.Dim, d graph.DType) []graph.Dim {
	if elems == nil {
		return nil
	}
	out := make([]graph.Dim, len(elems))
	for i, e := range elems {
		v, known := e.Int64()
		switch {
		case !known && (d == graph.Int64 || d == graph.Int32):
			out[i] = e
		case !known:
			out[i] = graph.Unknown
		default:
			out[i] = graph.Unknown
			if t, err := fromInts(d, []int64{v}, nil); err == nil {
				wrapped, _ := graph.Ints(t)
				out[i] = graph.Size64(wrapped[0])
			}
		}
	}
	return out
}

// cast converts elements as the table on the operator's page says: to integers by truncation, and to true if they are
// not zero.
func cast(t *graph.Tensor, d graph.DType, how rounding) (*graph.Tensor, error) {
	from := t.DType()
	switch {
	case from == d:
		return t, nil
	case from == graph.String:
		return castText(graph.Data[string](t), d, t.Shape(), how)
	case d == graph.String:
		return castToText(t)
	}
	if ints, ok := packedInts(t); (ok || from == graph.Bool) && !d.IsFloat() {
		if from == graph.Bool {
			ints, _ = graph.Ints(t)
		}
		return wrapped(d, ints, t.Shape())
	}
	v, ok := realNumbers(t)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", from)
	}
	if from == graph.Uint64 { // the common path goes through int64
		for i, x := range graph.Data[uint64](t) {
			v[i] = float64(x)
		}
	}
	switch d {
	case graph.Bool:
		b := make([]bool, len(v))
		for i, x := range v {
			b[i] = x != 0
		}
		return graph.TensorOf(b, t.Shape()...), nil
	case graph.Uint64: // beyond the range of int64 as well
		u := make([]uint64, len(v))
		for i, x := range v {
			if u[i] = uint64(int64(x)); x >= math.MaxInt64 {
				u[i] = uint64(x)
			}
		}
		return graph.TensorOf(u, t.Shape()...), nil
	}
	if _, mini := minifloats[d]; mini {
		return toMinifloats(d, v, t.Shape(), how)
	}
	if d.IsInt() && d.Bits() < 8 {
		ints := make([]int64, len(v))
		for i, x := range v {
			ints[i] = int64(x)
		}
		return wrapped(d, ints, t.Shape())
	}
	return fromFloats(d, v, t.Shape())
}

// realNumbers returns the elements of t, of whatever type of numbers.
func realNumbers(t *graph.Tensor) ([]float64, bool) {
	if v, ok := graph.Floats(t); ok {
		return v, true
	}
	if v, ok := minifloatNumbers(t); ok {
		return v, true
	}
	ints, ok := packedInts(t)
	v := make([]float64, len(ints))
	for i, x := range ints {
		v[i] = float64(x)
	}
	return v, ok
}

// wrapped returns integers in a type that may have fewer bits: the lowest ones.
func wrapped(d graph.DType, v []int64, dims []int) (*graph.Tensor, error) {
	if d.IsInt() {
		return packInts(d, v, dims)
	}
	return fromInts(d, v, dims)
}

func castText(texts []string, d graph.DType, dims []int, how rounding) (*graph.Tensor, error) {
	ints := make([]int64, len(texts))
	floats := make([]float64, len(texts))
	for i, s := range texts {
		s = strings.TrimSpace(s)
		var err error
		if floats[i], err = strconv.ParseFloat(s, 64); err != nil {
			return nil, fmt.Errorf("text %q is not a number", s)
		}
		if ints[i], err = strconv.ParseInt(s, 10, 64); err != nil {
			ints[i] = int64(floats[i])
		}
	}
	if d.IsInt() {
		return fromInts(d, ints, dims)
	}
	return cast(graph.TensorOf(floats, dims...), d, how)
}

func castToText(t *graph.Tensor) (*graph.Tensor, error) {
	texts := make([]string, t.Len())
	switch d := t.DType(); {
	case d.IsFloat():
		v, ok := graph.Floats(t)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", d)
		}
		for i, x := range v {
			texts[i] = floatText(x, d)
		}
	case d == graph.Uint64:
		for i, x := range graph.Data[uint64](t) {
			texts[i] = strconv.FormatUint(x, 10)
		}
	default:
		v, ok := graph.Ints(t)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", d)
		}
		for i, x := range v {
			texts[i] = strconv.FormatInt(x, 10)
		}
	}
	return graph.TensorOf(texts, t.Shape()...), nil
}

// floatText returns the shortest text that reads back as the same number. Whole numbers have a
// fraction too, as NumPy (the reference implementation) writes them.
func floatText(x float64, d graph.DType) string {
	bits := 32
	if d == graph.Float64 {
		bits = 64
	}
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(x, 'e', -1, bits)
	}
	s := strconv.FormatFloat(x, 'f', -1, bits)
	if !strings.ContainsAny(s, ".IN") {
		s += ".0"
	}
	return s
}

// gradCast passes the gradient on between floating-point types. Whole numbers have none.
func gradCast(b *Backward) error {
	from, to := b.in(0).Type.DType, b.out(0).Type.DType
	if b.wants(0) && from.IsFloat() && to.IsFloat() {
		b.set(0, b.add("Cast", []*graph.Value{b.grad(0)}, graph.IntAttr("to", int(from))))
	}
	return nil
}
