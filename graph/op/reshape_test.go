package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestReshape(t *testing.T) {
	applyAll(t, "Reshape", []applied{
		{name: "-1 is what is left", in: []*graph.Tensor{ramp(0, 2, 3, 4), i64([]int64{4, -1})}, want: []*graph.Tensor{ramp(0, 4, 6)}},
		{name: "0 copies", in: []*graph.Tensor{ramp(0, 2, 3, 4), i64([]int64{0, -1})}, want: []*graph.Tensor{ramp(0, 2, 12)}},
		{name: "0 is none", version: 14, attrs: []*graph.Attr{graph.IntAttr("allowzero", 1)},
			in: []*graph.Tensor{ramp(0, 0, 3), i64([]int64{3, 0})}, want: []*graph.Tensor{ramp(0, 3, 0)}},
		{name: "to a scalar", in: []*graph.Tensor{ramp(5, 1, 1), i64([]int64{}, 0)}, want: []*graph.Tensor{scalar[float32](5)}},
		{name: "too many", in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{2, 4})}, err: "8 elements wanted, 6 there"},
		{name: "does not divide", in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{4, -1})}, err: "do not divide by 4"},
		{name: "two -1", in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{-1, -1})}, err: "more than one -1"},
		{name: "0 beyond the rank", in: []*graph.Tensor{ramp(0, 2), i64([]int64{2, 0})}, err: "0 at axis 1"},
	})
	coupleEach(t, "Reshape", []coupled{
		{name: "numbers are written again, -1 stays", in: []any{"N 6 4 5", i64([]int64{-1, 120})},
			types: "float[N,120]", want: "in0.0=out0.0, in0.1*in0.2*in0.3=out0.1",
			kept: map[string][]int{"in0.1": {0, 2}, "out0.1": make([]int, 40)}, after: "in1=[-1 40]"},
		{name: "0 stays while the copied axis has the same extent", in: []any{"N 6 12", i64([]int64{0, 0, 3, 4})},
			types: "float[N,6,3,4]", want: "in0.0=out0.0, in0.1=out0.1, in0.2=out0.2*out0.3",
			kept: map[string][]int{"in0.1": {1, 2}, "out0.1": {1, 2}, "in0.2": {0, 1, 2, 3}, "out0.2": {0}}, after: "in1=[0 0 1 4]"},
		{name: "0 that copied another axis becomes a number", in: []any{"2 4 4", i64([]int64{8, 0})},
			types: "float[8,4]", want: "in0.2=out0.1, in0.0*in0.1=out0.0",
			kept: map[string][]int{"in0.1": {1, 2}, "out0.0": {1, 2, 5, 6}}, after: "in1=[4 4]"},
		{name: "symbols on both sides", in: []any{"N 7 W 12", counts("N 7 -1")},
			types: "float[N,7,12*W]", want: "in0.0=out0.0, in0.1=out0.1, in0.2*in0.3=out0.2, pin out0.0, pin out0.1"},
		{name: "a computed target holds what it states", in: []any{"N S 24", counts("N S 4 6")},
			types: "float[N,S,4,6]", want: "in0.0=out0.0, in0.1=out0.1, in0.2=out0.2*out0.3, pin out0.0, pin out0.1, pin out0.2, pin out0.3"},
		{name: "an unknown element follows from the number of elements", in: []any{"2 6 4", counts("? 4")}, types: "float[12,4]"},
		{name: "symbols in the rest", in: []any{"N 6 H W", counts("N 6 -1")}, types: "float[N,6,H*W]"},
		{name: "copied unknown extents do not hide the rest", in: []any{"? 8 16", i64([]int64{0, -1})}, types: "float[?,128]"},
		{name: "axes of extent 1 carry nothing", in: []any{"6 1 4", i64([]int64{1, 6, 4, 1})},
			types: "float[1,6,4,1]", want: "in0.0=out0.1, in0.2=out0.2"},
		{name: "boundaries are looked for from the right as well", in: []any{"? 6 4", graph.Type{DType: graph.Int64, Shape: graph.ShapeOf(3),
			Elems: []graph.Dim{graph.Unknown, graph.Size(6), graph.Size(4)}}},
			types: "float[?,6,4]", want: "in0.2=out0.2, in0.1=out0.1, pin in0.0, pin out0.0, pin out0.0, pin out0.1, pin out0.2"},
		{name: "known elements go along", in: []any{graph.Type{DType: graph.Int64, Shape: graph.Shape{}, Elems: dims(t, "N")}, i64([]int64{-1})},
			types: "int64[1]{N}"},
		{name: "rank from the length of the target", in: []any{"N 6", graph.TensorType(graph.Int64, graph.ShapeOf(3))},
			types: "float[?,?,?]"},
	})
}

func TestFlatten(t *testing.T) {
	applyAll(t, "Flatten", []applied{
		{name: "all into columns", attrs: []*graph.Attr{graph.IntAttr("axis", 0)}, in: []*graph.Tensor{ramp(0, 2, 3)}, want: []*graph.Tensor{ramp(0, 1, 6)}},
		{name: "from the end", attrs: []*graph.Attr{graph.IntAttr("axis", -1)}, in: []*graph.Tensor{ramp(0, 2, 3, 4)}, want: []*graph.Tensor{ramp(0, 6, 4)}},
		{name: "negative before opset 11", version: 9, attrs: []*graph.Attr{graph.IntAttr("axis", -1)}, in: []*graph.Tensor{ramp(0, 2, 3)}, err: "axis"},
	})
	coupleEach(t, "Flatten", []coupled{
		{name: "a channel owns its positions", in: []any{"N 6 4 5"}, types: "float[N,120]", want: "in0.0=out0.0, in0.1*in0.2*in0.3=out0.1"},
	})
}
