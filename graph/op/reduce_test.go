package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestReductions(t *testing.T) {
	x := f32([]float32{1, 2, -3, 4, 5, 6}, 2, 3)
	pos := f32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	rows := []*graph.Attr{graph.IntsAttr("axes", -1)}
	flat := []*graph.Attr{graph.IntsAttr("axes", 0), graph.IntAttr("keepdims", 0)}
	one := func(op string, x *graph.Tensor, attrs []*graph.Attr, want *graph.Tensor) applied {
		return applied{"axes as attribute", op, 11, attrs, []*graph.Tensor{x}, []*graph.Tensor{want}, ""}
	}
	column := func(a, b float32) *graph.Tensor { return f32([]float32{a, b}, 2, 1) }
	log := func(x float64) float32 { return float32(math.Log(x)) }
	applyAll(t, "ReduceSum", []applied{
		one("ReduceSum", x, rows, column(0, 15)),
		one("ReduceMean", x, rows, column(0, 5)),
		one("ReduceMax", x, rows, column(2, 6)),
		one("ReduceMin", x, rows, column(-3, 4)),
		one("ReduceProd", x, rows, column(-6, 120)),
		one("ReduceL1", x, rows, column(6, 15)),
		one("ReduceL2", x, rows, column(float32(math.Sqrt(14)), float32(math.Sqrt(77)))),
		one("ReduceSumSquare", x, rows, column(14, 77)),
		one("ReduceLogSum", pos, rows, column(log(6), log(15))),
		one("ReduceLogSumExp", f32([]float32{1000, 1000, 0, 0}, 2, 2), rows, column(1000+log(2), log(2))),
		one("ReduceSum", x, flat, f32([]float32{5, 7, 3})),
		one("ReduceSum", i64([]int64{1 << 60, 1, 2, 3}, 2, 2), flat, i64([]int64{1<<60 + 2, 4})),
		one("ReduceMean", i64([]int64{1, 2}), flat, scalar[int64](1)),
		one("ReduceMax", i64([]int64{-5, -2}), flat, scalar[int64](-2)),
		{"all axes by default", "", 13, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{15}, 1, 1)}, ""},
		{"axes as input", "", 13, nil, []*graph.Tensor{x, i64([]int64{1})}, []*graph.Tensor{column(0, 15)}, ""},
		{"no axes: all", "", 13, nil, []*graph.Tensor{x, i64(nil, 0)}, []*graph.Tensor{f32([]float32{15}, 1, 1)}, ""},
		{"no axes: none", "ReduceSumSquare", 18, []*graph.Attr{graph.IntAttr("noop_with_empty_axes", 1)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{1, 4, 9, 16, 25, 36}, 2, 3)}, ""},
		{"axes as input from opset 18", "ReduceMax", 18, []*graph.Attr{graph.IntAttr("keepdims", 0)}, []*graph.Tensor{x, i64([]int64{0})}, []*graph.Tensor{f32([]float32{4, 5, 6})}, ""},
		{"axis twice", "", 11, []*graph.Attr{graph.IntsAttr("axes", 1, -1)}, []*graph.Tensor{x}, nil, "duplicates"},
		{"axis out of range", "", 11, []*graph.Attr{graph.IntsAttr("axes", 2)}, []*graph.Tensor{x}, nil, "want -2 to 1, have 2"},
		{"axes as input too early", "ReduceMax", 13, nil, []*graph.Tensor{x, i64([]int64{0})}, nil, "want 1 inputs, have 2"},
		{"text", "", 11, nil, []*graph.Tensor{graph.TensorOf([]string{"a"}, 1)}, nil, "not supported"},
	})
}

// The number of elements of a tensor of symbolic extents, as Shape and ReduceProd compute it.
func TestReductionsOfShapesStaySymbolic(t *testing.T) {
	n := graph.Symbol("N")
	for name, want := range map[string]graph.Dim{
		"ReduceProd": graph.Size(24).Mul(n), "ReduceSum": n.Add(graph.Size(4)).Add(graph.Size(6)), "ReduceMax": graph.Unknown,
	} {
		g := graph.New("g")
		x := g.Fresh("shape")
		x.Type = graph.Type{DType: graph.Int64, Shape: graph.ShapeOf(3), Elems: []graph.Dim{n, graph.Size(4), graph.Size(6)}}
		g.AddInput(x)
		y := g.Fresh("y")
		node, err := g.NewNode(name, "", 11, []*graph.Value{x}, []*graph.Value{y}, graph.IntAttr("keepdims", 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Infer(node); err != nil {
			t.Fatal(err)
		}
		if have := y.Type.Elems; len(have) != 1 || have[0].String() != want.String() {
			t.Errorf("%s: want %v, have %v", name, want, have)
		}
	}
}

func TestReductionsSayWhereZeroesCount(t *testing.T) {
	for name, stats := range map[string]int{"ReduceSum": 0, "ReduceL2": 0, "ReduceMean": 1, "ReduceMax": 1, "ReduceLogSumExp": 1} {
		c := applied{op: name, version: 11, attrs: []*graph.Attr{graph.IntsAttr("axes", 1)}, in: []*graph.Tensor{ramp(0, 2, 3, 4)}}
		n := c.node(t, true)
		if err := op.Infer(n); err != nil {
			t.Fatal(err)
		}
		rules, err := op.Lookup(n).Couple(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(rules.Stat) != stats {
			t.Errorf("%s: want %d statistics, have %v", name, stats, rules.Stat)
		}
		if !slices.Contains(rules.Same, op.Same{A: op.In(0, 2), B: op.Out(0, 2)}) {
			t.Errorf("%s: axis 2 stays and is not coupled: %v", name, rules.Same)
		}
	}
}

func TestMeanVarianceNormalization(t *testing.T) {
	applyAll(t, "MeanVarianceNormalization", []applied{
		{"each channel over all images", "", 13, nil, []*graph.Tensor{f32([]float32{1, 5, 3, 9}, 2, 2, 1, 1)},
			[]*graph.Tensor{f32([]float32{-1, -1, 1, 1}, 2, 2, 1, 1)}, ""},
		{"other axes", "", 9, []*graph.Attr{graph.IntsAttr("axes", 1)}, []*graph.Tensor{f32([]float32{1, 5, 3, 9}, 2, 2)},
			[]*graph.Tensor{f32([]float32{-1, 1, -1, 1}, 2, 2)}, ""},
		{"default axes on a matrix", "", 9, nil, []*graph.Tensor{ramp(0, 2, 2)}, nil, "axis: want -2 to 1, have 2"},
	})
}

func TestArgMax(t *testing.T) {
	x := f32([]float32{1, 3, 3, 2, 0, 0}, 2, 3)
	applyAll(t, "ArgMax", []applied{
		{"first of equals", "", 11, []*graph.Attr{graph.IntAttr("axis", -1)}, []*graph.Tensor{x}, []*graph.Tensor{i64([]int64{1, 0}, 2, 1)}, ""},
		{"last of equals", "", 12, []*graph.Attr{graph.IntAttr("axis", 1), graph.IntAttr("select_last_index", 1), graph.IntAttr("keepdims", 0)},
			[]*graph.Tensor{x}, []*graph.Tensor{i64([]int64{2, 0})}, ""},
		{"least", "ArgMin", 13, []*graph.Attr{graph.IntAttr("keepdims", 0)}, []*graph.Tensor{x}, []*graph.Tensor{i64([]int64{0, 1, 1})}, ""},
		{"integers beyond the precision of floats", "", 13, nil, []*graph.Tensor{i64([]int64{1 << 60, 1<<60 + 1})}, []*graph.Tensor{i64([]int64{1})}, ""},
		{"nothing to choose from", "", 13, nil, []*graph.Tensor{f32(nil, 0, 2)}, nil, "no positions"},
	})
}
