package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestExpand(t *testing.T) {
	applyAll(t, "Expand", []applied{
		{name: "both ways", in: []*graph.Tensor{f32([]float32{1, 2}, 2, 1), i64([]int64{2, 1, 3})},
			want: []*graph.Tensor{f32([]float32{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}, 2, 2, 3)}},
		{name: "does not broadcast", in: []*graph.Tensor{ramp(0, 2), i64([]int64{3})}, err: "do not broadcast"},
		{name: "negative", in: []*graph.Tensor{ramp(0, 1), i64([]int64{-1})}, err: "no negative extents"},
	})
	coupleEach(t, "Expand", []coupled{
		{name: "new axes can go, the shape follows", in: []any{"6 1", i64([]int64{3, 6, 4})}, types: "float[3,6,4]",
			want: "in0.0=out0.1, out0.0=v0(3), out0.2=v1(4)",
			kept: map[string][]int{"in0.0": {0, 2}, "out0.1": {0, 2}, "out0.0": {1}, "v0": {1}}, after: "in1=[1 2 4]"},
		{name: "1 keeps what is there", in: []any{"N 6", i64([]int64{1, 1})}, types: "float[N,6]",
			want: "in0.0=out0.0, in0.1=out0.1", kept: map[string][]int{"in0.1": {0, 2}, "out0.1": {0, 2}}, after: "in1=[1 1]"},
		{name: "a computed shape holds what it states", in: []any{"1 6 5", counts("N 6 1")}, types: "float[N,6,5]",
			want: "in0.1=out0.1, in0.2=out0.2, pin out0.0, pin out0.1"},
		{name: "known elements", in: []any{counts("N"), i64([]int64{3})}, types: "int64[3]{N,N,N}"},
	})
}

func TestTile(t *testing.T) {
	applyAll(t, "Tile", []applied{
		{name: "both axes", in: []*graph.Tensor{f32([]float32{1, 2}, 1, 2), i64([]int64{2, 2})}, want: []*graph.Tensor{f32([]float32{1, 2, 1, 2, 1, 2, 1, 2}, 2, 4)}},
		{name: "never", in: []*graph.Tensor{ramp(1, 1, 2), i64([]int64{1, 0})}, want: []*graph.Tensor{ramp(0, 1, 0)}},
		{name: "other length", in: []*graph.Tensor{ramp(1, 1, 2), i64([]int64{1})}, err: "want 2 values"},
	})
	coupleEach(t, "Tile", []coupled{
		{name: "copies outside, positions inside", in: []any{"N 4 1", i64([]int64{1, 3, 5})}, types: "float[N,12,5]",
			want: "in0.0=out0.0, out0.1=v0(3)*in0.1, out0.2=v1(5)",
			kept: map[string][]int{"v0": {0, 2}, "v1": {1}, "out0.1": make([]int, 8)}, after: "in1=[1 2 1]"},
		{name: "repeats computed at run time", in: []any{"N 4", counts("1 3")}, types: "float[N,12]", want: "in0.0=out0.0, out0.1=v0(3)*in0.1, pin v0(3)"},
		{name: "unknown repeats", in: []any{"N 4", graph.TensorType(graph.Int64, graph.ShapeOf(2))}, types: "float[?,?]", want: "pin in0.0, pin out0.0, pin in0.1, pin out0.1"},
		{name: "unknown rank", in: []any{graph.TensorType(graph.Float32, nil), i64([]int64{1, 3})}, types: "float[?,?]"},
		{name: "known elements", in: []any{counts("N 6"), i64([]int64{2})}, types: "int64[4]{N,6,N,6}"},
	})
}

func TestConstantOfShape(t *testing.T) {
	value := []*graph.Attr{graph.TensorAttr("value", i64([]int64{7}))}
	applyAll(t, "ConstantOfShape", []applied{
		{name: "zero by default", in: []*graph.Tensor{i64([]int64{2, 1})}, want: []*graph.Tensor{f32([]float32{0, 0}, 2, 1)}},
		{name: "scalar", attrs: value, in: []*graph.Tensor{i64([]int64{}, 0)}, want: []*graph.Tensor{scalar[int64](7)}},
		{name: "too large", in: []*graph.Tensor{i64([]int64{1 << 40, 1 << 40})}, err: "would take"},
		{name: "two values", attrs: []*graph.Attr{graph.TensorAttr("value", i64([]int64{7, 8}))}, in: []*graph.Tensor{i64([]int64{2})}, err: "one element"},
	})
	coupleEach(t, "ConstantOfShape", []coupled{
		{name: "the shape follows", in: []any{i64([]int64{2, 6})}, types: "float[2,6]", want: "out0.0=v0(2), out0.1=v1(6)",
			kept: map[string][]int{"out0.1": {0, 3}}, after: "in0=[2 2]"},
		{name: "computed", in: []any{counts("N 6")}, types: "float[N,6]", want: "pin out0.0, pin out0.1"},
		{name: "known elements", attrs: value, in: []any{i64([]int64{3})}, types: "int64[3]{7,7,7}"},
	})
}
