package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestCumSum(t *testing.T) {
	x := f32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	attrs := func(names ...string) (as []*graph.Attr) {
		for _, n := range names {
			as = append(as, graph.IntAttr(n, 1))
		}
		return as
	}
	applyAll(t, "CumSum", []applied{
		{"along the last axis", "", 11, nil, []*graph.Tensor{x, scalar[int64](-1)}, []*graph.Tensor{f32([]float32{1, 3, 6, 4, 9, 15}, 2, 3)}, ""},
		{"along the first", "", 14, nil, []*graph.Tensor{x, scalar[int32](0)}, []*graph.Tensor{f32([]float32{1, 2, 3, 5, 7, 9}, 2, 3)}, ""},
		{"exclusive", "", 14, attrs("exclusive"), []*graph.Tensor{x, i64([]int64{1})}, []*graph.Tensor{f32([]float32{0, 1, 3, 0, 4, 9}, 2, 3)}, ""},
		{"reverse", "", 14, attrs("reverse"), []*graph.Tensor{x, scalar[int64](1)}, []*graph.Tensor{f32([]float32{6, 5, 3, 15, 11, 6}, 2, 3)}, ""},
		{"reverse and exclusive", "", 14, attrs("reverse", "exclusive"), []*graph.Tensor{x, scalar[int64](1)}, []*graph.Tensor{f32([]float32{5, 3, 0, 11, 6, 0}, 2, 3)}, ""},
		{"integers", "", 14, nil, []*graph.Tensor{i64([]int64{1 << 60, 1}), scalar[int64](0)}, []*graph.Tensor{i64([]int64{1 << 60, 1<<60 + 1})}, ""},
		{"axis out of range", "", 14, nil, []*graph.Tensor{x, scalar[int64](2)}, nil, "want -2 to 1, have 2"},
	})
}

func TestTopK(t *testing.T) {
	x := f32([]float32{1, 4, 4, 0, 9, 2, 2, 3}, 2, 4)
	two := i64([]int64{2})
	applyAll(t, "TopK", []applied{
		{"k as attribute", "", 7, []*graph.Attr{graph.IntAttr("k", 1)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{4, 9}, 2, 1), i64([]int64{1, 0}, 2, 1)}, ""},
		{"greatest, of equals the first", "", 11, nil, []*graph.Tensor{x, two},
			[]*graph.Tensor{f32([]float32{4, 4, 9, 3}, 2, 2), i64([]int64{1, 2, 0, 3}, 2, 2)}, ""},
		{"least along the first axis", "", 11, []*graph.Attr{graph.IntAttr("largest", 0), graph.IntAttr("axis", 0)}, []*graph.Tensor{x, i64([]int64{1})},
			[]*graph.Tensor{f32([]float32{1, 2, 2, 0}, 1, 4), i64([]int64{0, 1, 1, 0}, 1, 4)}, ""},
		{"values alone", "", 10, nil, []*graph.Tensor{i64([]int64{3, 1, 2}), two}, []*graph.Tensor{i64([]int64{3, 2})}, ""},
		{"k beyond the axis", "", 11, nil, []*graph.Tensor{x, i64([]int64{5})}, nil, "k: want 0 to 4, have 5"},
	})
}

func TestTrilu(t *testing.T) {
	x := ramp(1, 1, 3, 3)
	lower := []*graph.Attr{graph.IntAttr("upper", 0)}
	applyAll(t, "Trilu", []applied{
		{"upper", "", 14, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{1, 2, 3, 0, 5, 6, 0, 0, 9}, 1, 3, 3)}, ""},
		{"lower", "", 14, lower, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{1, 0, 0, 4, 5, 0, 7, 8, 9}, 1, 3, 3)}, ""},
		{"another diagonal", "", 14, lower, []*graph.Tensor{x, scalar[int64](-1)}, []*graph.Tensor{f32([]float32{0, 0, 0, 4, 0, 0, 7, 8, 0}, 1, 3, 3)}, ""},
		{"a vector", "", 14, nil, []*graph.Tensor{ramp(0, 3)}, nil, "at least 2 axes"},
	})
}

func TestGatherByElementAndByTuple(t *testing.T) {
	x := ramp(0, 2, 3) // 0 1 2 / 3 4 5
	applyAll(t, "GatherElements", []applied{
		{"along axis 1", "", 11, []*graph.Attr{graph.IntAttr("axis", 1)}, []*graph.Tensor{x, i64([]int64{0, 0, -1, 1}, 2, 2)}, []*graph.Tensor{f32([]float32{0, 0, 5, 4}, 2, 2)}, ""},
		{"index out of range", "", 13, nil, []*graph.Tensor{x, i64([]int64{2}, 1, 1)}, nil, "index: want -2 to 1, have 2"},
		{"indices wider than the data", "", 13, nil, []*graph.Tensor{x, i64([]int64{0, 0, 0, 0}, 1, 4)}, nil, "wider than the data"},
		{"tuples of elements", "GatherND", 11, nil, []*graph.Tensor{x, i64([]int64{0, 0, 1, -1}, 2, 2)}, []*graph.Tensor{f32([]float32{0, 5})}, ""},
		{"tuples of rows", "GatherND", 13, nil, []*graph.Tensor{x, i64([]int64{1, 0}, 2, 1)}, []*graph.Tensor{f32([]float32{3, 4, 5, 0, 1, 2}, 2, 3)}, ""},
		{"batches", "GatherND", 12, []*graph.Attr{graph.IntAttr("batch_dims", 1)}, []*graph.Tensor{x, i64([]int64{2, 0}, 2, 1)}, []*graph.Tensor{f32([]float32{2, 3})}, ""},
		{"tuples longer than the rank", "GatherND", 13, nil, []*graph.Tensor{x, i64([]int64{0, 0, 0}, 1, 3)}, nil, "do not go with data"},
	})
}

func TestScatter(t *testing.T) {
	x := f32([]float32{1, 2, 3, 4, 5}, 1, 5)
	index, u := i64([]int64{1, -2}, 1, 2), f32([]float32{10, 20}, 1, 2)
	axis := graph.IntAttr("axis", 1)
	reduce := func(r string) []*graph.Attr { return []*graph.Attr{axis, graph.StringAttr("reduction", r)} }
	row := func(v ...float32) []*graph.Tensor { return []*graph.Tensor{f32(v, 1, 5)} }
	twice := i64([]int64{1, 1}, 1, 2)
	applyAll(t, "ScatterElements", []applied{
		{"replace", "", 11, []*graph.Attr{axis}, []*graph.Tensor{x, index, u}, row(1, 10, 3, 20, 5), ""},
		{"under the former name", "Scatter", 9, []*graph.Attr{axis}, []*graph.Tensor{x, index, u}, row(1, 10, 3, 20, 5), ""},
		{"add twice", "", 16, reduce("add"), []*graph.Tensor{x, twice, u}, row(1, 32, 3, 4, 5), ""},
		{"multiply twice", "", 16, reduce("mul"), []*graph.Tensor{x, twice, u}, row(1, 400, 3, 4, 5), ""},
		{"maximum", "", 18, reduce("max"), []*graph.Tensor{x, twice, u}, row(1, 20, 3, 4, 5), ""},
		{"minimum", "", 18, reduce("min"), []*graph.Tensor{x, twice, u}, row(1, 2, 3, 4, 5), ""},
		{"unknown reduction", "", 18, reduce("median"), []*graph.Tensor{x, twice, u}, nil, `"median" is none of`},
		{"rows by tuple", "ScatterND", 11, nil, []*graph.Tensor{i64([]int64{1, 2, 3, 4}, 2, 2), i64([]int64{1}, 1, 1), i64([]int64{8, 9}, 1, 2)},
			[]*graph.Tensor{i64([]int64{1, 2, 8, 9}, 2, 2)}, ""},
		{"add by tuple", "ScatterND", 16, []*graph.Attr{graph.StringAttr("reduction", "add")}, []*graph.Tensor{i64([]int64{1, 2, 3}), i64([]int64{2, 2}, 2, 1), i64([]int64{4, 5})},
			[]*graph.Tensor{i64([]int64{1, 2, 12})}, ""},
		{"too few updates", "ScatterND", 11, nil, []*graph.Tensor{i64([]int64{1, 2}), i64([]int64{0, 1}, 2, 1), i64([]int64{4})}, nil, "want 2 updates, have 1"},
	})
}

func TestOneHotNonZeroEyeLike(t *testing.T) {
	values := f32([]float32{0, 1})
	applyAll(t, "OneHot", []applied{
		{"last axis, one out of range", "", 9, nil, []*graph.Tensor{i64([]int64{0, -1, 3}), scalar[int64](3), values},
			[]*graph.Tensor{f32([]float32{1, 0, 0, 0, 0, 1, 0, 0, 0}, 3, 3)}, ""},
		{"first axis", "", 11, []*graph.Attr{graph.IntAttr("axis", 0)}, []*graph.Tensor{i64([]int64{0, 1}), scalar[int64](3), values},
			[]*graph.Tensor{f32([]float32{1, 0, 0, 1, 0, 0}, 3, 2)}, ""},
		{"positions by column", "NonZero", 13, nil, []*graph.Tensor{f32([]float32{1, 0, 0, 2}, 2, 2)}, []*graph.Tensor{i64([]int64{0, 1, 0, 1}, 2, 2)}, ""},
		{"no position", "NonZero", 9, nil, []*graph.Tensor{bools(false)}, []*graph.Tensor{i64(nil, 1, 0)}, ""},
		{"a diagonal above", "EyeLike", 9, []*graph.Attr{graph.IntAttr("k", 1)}, []*graph.Tensor{ramp(5, 2, 3)}, []*graph.Tensor{f32([]float32{0, 1, 0, 0, 0, 1}, 2, 3)}, ""},
		{"another type", "EyeLike", 9, []*graph.Attr{graph.IntAttr("dtype", int(graph.Int64))}, []*graph.Tensor{ramp(5, 2, 2)}, []*graph.Tensor{i64([]int64{1, 0, 0, 1}, 2, 2)}, ""},
	})
}

// k as an element of shape arithmetic: the extent is what inference found.
func TestTopKTakesItsExtentFromWhatIsKnownOfK(t *testing.T) {
	g := graph.New("g")
	x, k := g.Fresh("x"), g.Fresh("k")
	x.Type = graph.TensorType(graph.Float32, graph.Shape{graph.Symbol("N"), graph.Symbol("M")})
	k.Type = graph.Type{DType: graph.Int64, Shape: graph.ShapeOf(1), Elems: []graph.Dim{graph.Symbol("K")}}
	n, err := g.NewNode("TopK", "", 11, []*graph.Value{x, k}, []*graph.Value{g.Fresh("values"), g.Fresh("indices")})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	for i, v := range n.Outputs() {
		if have := v.Type.Shape.String(); have != "[N,K]" {
			t.Errorf("output %d: want [N,K], have %s", i, have)
		}
	}
}
