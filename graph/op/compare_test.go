package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

var nan = float32(math.NaN())

func bools(b ...bool) *graph.Tensor { return graph.TensorOf(b, len(b)) }

func TestComparisons(t *testing.T) {
	x, y := f32([]float32{1, 2, 3, nan}), f32([]float32{2, 2, 2, nan})
	matrix, column := i64([]int64{1, 2, 3, 4}, 2, 2), i64([]int64{1, 4}, 2, 1)
	pair := func(a, b *graph.Tensor) []*graph.Tensor { return []*graph.Tensor{a, b} }
	applyAll(t, "Equal", []applied{
		{"numbers and NaN", "", 7, nil, pair(x, y), []*graph.Tensor{bools(false, true, false, false)}, ""},
		{"numbers and NaN", "Less", 9, nil, pair(x, y), []*graph.Tensor{bools(true, false, false, false)}, ""},
		{"numbers and NaN", "LessOrEqual", 12, nil, pair(x, y), []*graph.Tensor{bools(true, true, false, false)}, ""},
		{"numbers and NaN", "Greater", 13, nil, pair(x, y), []*graph.Tensor{bools(false, false, true, false)}, ""},
		{"numbers and NaN", "GreaterOrEqual", 16, nil, pair(x, y), []*graph.Tensor{bools(false, true, true, false)}, ""},
		{"broadcast", "", 11, nil, pair(matrix, column), []*graph.Tensor{graph.TensorOf([]bool{true, false, false, true}, 2, 2)}, ""},
		{"truth values", "", 13, nil, pair(bools(true, false), bools(true, true)), []*graph.Tensor{bools(true, false)}, ""},
		{"text", "", 19, nil, pair(graph.TensorOf([]string{"a", "b"}, 2), graph.TensorOf([]string{"a", "c"}, 2)), []*graph.Tensor{bools(true, false)}, ""},
		{"integers beyond the precision of floats", "Less", 13, nil, pair(i64([]int64{1 << 60}), i64([]int64{1<<60 + 1})), []*graph.Tensor{bools(true)}, ""},
		{"the highest bit of unsigned integers", "Greater", 13, nil, pair(graph.TensorOf([]uint64{1 << 63}, 1), graph.TensorOf([]uint64{1}, 1)), []*graph.Tensor{bools(true)}, ""},
		{"two types", "", 13, nil, pair(x, column), nil, "element types differ"},
		{"shapes that do not broadcast", "", 13, nil, pair(x, f32([]float32{1, 2})), nil, "do not broadcast"},
	})
}

func TestLogic(t *testing.T) {
	a, b := bools(false, false, true, true), bools(false, true, false, true)
	applyAll(t, "And", []applied{
		{"truth table", "", 7, nil, []*graph.Tensor{a, b}, []*graph.Tensor{bools(false, false, false, true)}, ""},
		{"truth table", "Or", 7, nil, []*graph.Tensor{a, b}, []*graph.Tensor{bools(false, true, true, true)}, ""},
		{"truth table", "Xor", 7, nil, []*graph.Tensor{a, b}, []*graph.Tensor{bools(false, true, true, false)}, ""},
		{"truth table", "Not", 1, nil, []*graph.Tensor{a}, []*graph.Tensor{bools(true, true, false, false)}, ""},
		{"numbers", "", 7, nil, []*graph.Tensor{i64([]int64{1}), i64([]int64{1})}, nil, "want truth values"},
		{"of numbers", "Not", 1, nil, []*graph.Tensor{i64([]int64{1})}, nil, "not supported"},
		{"NaN", "IsNaN", 13, nil, []*graph.Tensor{f32([]float32{nan, 1})}, []*graph.Tensor{bools(true, false)}, ""},
		{"either sign", "IsInf", 10, nil, []*graph.Tensor{f32([]float32{float32(math.Inf(1)), float32(math.Inf(-1)), 0})}, []*graph.Tensor{bools(true, true, false)}, ""},
		{"positive only", "IsInf", 10, []*graph.Attr{graph.IntAttr("detect_negative", 0)}, []*graph.Tensor{f32([]float32{float32(math.Inf(1)), float32(math.Inf(-1)), 0})}, []*graph.Tensor{bools(true, false, false)}, ""},
	})
}

func TestBitwise(t *testing.T) {
	u8 := func(v ...uint8) *graph.Tensor { return graph.TensorOf(v, len(v)) }
	left, right := []*graph.Attr{graph.StringAttr("direction", "LEFT")}, []*graph.Attr{graph.StringAttr("direction", "RIGHT")}
	applyAll(t, "BitShift", []applied{
		{"left", "", 11, left, []*graph.Tensor{u8(1, 200), u8(3, 1)}, []*graph.Tensor{u8(8, 144)}, ""},
		{"right", "", 11, right, []*graph.Tensor{u8(200, 200), u8(1, 9)}, []*graph.Tensor{u8(100, 0)}, ""},
		{"right from the highest bit", "", 11, right, []*graph.Tensor{graph.TensorOf([]uint64{1 << 63}, 1), graph.TensorOf([]uint64{63}, 1)}, []*graph.Tensor{graph.TensorOf([]uint64{1}, 1)}, ""},
		{"no direction", "", 11, nil, []*graph.Tensor{u8(1), u8(1)}, nil, "want LEFT or RIGHT"},
		{"and", "BitwiseAnd", 18, nil, []*graph.Tensor{u8(12), u8(10)}, []*graph.Tensor{u8(8)}, ""},
		{"or", "BitwiseOr", 18, nil, []*graph.Tensor{u8(12), u8(10)}, []*graph.Tensor{u8(14)}, ""},
		{"xor", "BitwiseXor", 18, nil, []*graph.Tensor{u8(12), u8(10)}, []*graph.Tensor{u8(6)}, ""},
		{"not", "BitwiseNot", 18, nil, []*graph.Tensor{u8(12)}, []*graph.Tensor{u8(243)}, ""},
		{"of floats", "BitwiseAnd", 18, nil, []*graph.Tensor{f32([]float32{1}), f32([]float32{1})}, nil, "not supported"},
	})
}

func TestWhere(t *testing.T) {
	applyAll(t, "Where", []applied{
		{"broadcast", "", 9, nil, []*graph.Tensor{graph.TensorOf([]bool{true, false}, 2, 1), f32([]float32{1, 2, 3}), scalar[float32](9)},
			[]*graph.Tensor{f32([]float32{1, 2, 3, 9, 9, 9}, 2, 3)}, ""},
		{"text", "", 16, nil, []*graph.Tensor{bools(true, false), graph.TensorOf([]string{"a", "b"}, 2), graph.TensorOf([]string{"c"}, 1)},
			[]*graph.Tensor{graph.TensorOf([]string{"a", "c"}, 2)}, ""},
		{"half precision", "", 16, nil, []*graph.Tensor{bools(true, false), graph.TensorOf([]graph.Float16Bits{0x3c00}, 1), graph.TensorOf([]graph.Float16Bits{0x4000}, 1)},
			[]*graph.Tensor{graph.TensorOf([]graph.Float16Bits{0x3c00, 0x4000}, 2)}, ""},
		{"two types", "", 9, nil, []*graph.Tensor{bools(true), i64([]int64{1}), f32([]float32{1})}, nil, "of one type"},
	})
}

// elements infers a node whose inputs have known elements, and gives those of its output.
func elements(t *testing.T, name string, d graph.DType, in ...[]graph.Dim) []graph.Dim {
	t.Helper()
	g := graph.New("g")
	values := make([]*graph.Value, len(in))
	for i, elems := range in {
		values[i] = g.Fresh("x")
		values[i].Type = graph.Type{DType: d, Shape: graph.ShapeOf(len(elems)), Elems: elems}
		g.AddInput(values[i])
	}
	n, err := g.NewNode(name, "", op.Latest, values, []*graph.Value{g.Fresh("y")})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	return n.Out(0).Type.Elems
}

// Exporters write Expand(x, shape) as Where(Equal(shape, -1), ones, shape): with a symbol
// among the extents, inference has to see that it is not -1.
func TestElementsOfShapeArithmeticStayKnown(t *testing.T) {
	n, open := graph.Symbol("N"), graph.Unknown
	num := graph.Size
	negative := num(4).Sub(n) // 4-N may be -1
	for _, c := range []struct {
		op   string
		in   [][]graph.Dim
		want []graph.Dim
	}{
		{"Equal", [][]graph.Dim{{n, num(-1), num(3), open, negative}, {num(-1)}}, []graph.Dim{num(0), num(1), num(0), open, open}},
		{"Equal", [][]graph.Dim{{n, n}, {n, num(3)}}, []graph.Dim{num(1), open}},
		{"Greater", [][]graph.Dim{{n, num(2), n}, {num(-1), num(1), num(0)}}, []graph.Dim{num(1), num(1), open}},
		{"Less", [][]graph.Dim{{n, num(-2)}, {n, n}}, []graph.Dim{num(0), num(1)}},
		{"And", [][]graph.Dim{{num(0), num(1), num(1)}, {open, open, num(1)}}, []graph.Dim{num(0), open, num(1)}},
		{"Or", [][]graph.Dim{{num(0), num(1), num(0)}, {open, open, num(0)}}, []graph.Dim{open, num(1), num(0)}},
		{"Not", [][]graph.Dim{{num(0), num(1), open}}, []graph.Dim{num(1), num(0), open}},
		{"Where", [][]graph.Dim{{num(0), num(1), open, open}, {num(1)}, {n, n, n, num(1)}}, []graph.Dim{n, num(1), open, num(1)}},
		{"Mod", [][]graph.Dim{{num(7), num(-7), n}, {num(4)}}, []graph.Dim{num(3), num(1), open}},
		{"Clip", [][]graph.Dim{{num(7), num(-7), n}}, []graph.Dim{num(7), num(-7), n}},
		{"Clip", [][]graph.Dim{{num(7), num(-7), n}, {num(0)}}, []graph.Dim{num(7), num(0), open}},
	} {
		d := graph.Int64
		if slices.Contains([]string{"And", "Or", "Not"}, c.op) {
			d = graph.Bool
		}
		have := elements(t, c.op, d, c.in...)
		if !slices.Equal(have, c.want) {
			t.Errorf("%s of %v: want %v, have %v", c.op, c.in, c.want, have)
		}
	}
}
