package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestConcat(t *testing.T) {
	last := []*graph.Attr{graph.IntAttr("axis", -1)}
	applyAll(t, "Concat", []applied{
		{name: "columns", attrs: last, in: []*graph.Tensor{f32([]float32{1, 2}, 2, 1), f32([]float32{3, 4, 5, 6}, 2, 2)},
			want: []*graph.Tensor{f32([]float32{1, 3, 4, 2, 5, 6}, 2, 3)}},
		{name: "strings", attrs: last, in: []*graph.Tensor{tensor([]string{"a"}, nil), tensor([]string{}, nil), tensor([]string{"b"}, nil)},
			want: []*graph.Tensor{tensor([]string{"a", "b"}, nil)}},
		{name: "other extents", attrs: last, in: []*graph.Tensor{ramp(0, 2, 1), ramp(0, 3, 1)}, err: "want extent 2 on axis 0"},
		{name: "other ranks", attrs: last, in: []*graph.Tensor{ramp(0, 2, 1), ramp(0, 2)}, err: "want 2 axes"},
		{name: "other types", attrs: last, in: []*graph.Tensor{ramp(0, 2), i64([]int64{1})}, err: "element types differ"},
		{name: "no axis", in: []*graph.Tensor{ramp(0, 2)}, err: "axis: missing"},
	})
	coupleEach(t, "Concat", []coupled{
		{name: "parts of a whole", attrs: []*graph.Attr{graph.IntAttr("axis", 1)}, in: []any{"N 6 4", "N 3 4", "N 0 4"},
			types: "float[N,9,4]", want: "in0.0=out0.0, in0.2=out0.2, in1.0=out0.0, in1.2=out0.2, in2.0=out0.0, in2.2=out0.2, out0.1=in0.1+in1.1"},
		{name: "what one input knows all know", attrs: last, in: []any{"? N 6", "4 N ?"}, types: "float[4,N,?]"},
		{name: "known elements, an unknown vector among them", attrs: last, in: []any{counts("N 6"), graph.TensorType(graph.Int64, graph.ShapeOf(1)), i64([]int64{-1})},
			types: "int64[4]{N,6,?,-1}"},
	})
}

func TestGather(t *testing.T) {
	axis1 := []*graph.Attr{graph.IntAttr("axis", 1)}
	applyAll(t, "Gather", []applied{
		{name: "from the end", attrs: axis1, in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{-1, 0})}, want: []*graph.Tensor{f32([]float32{2, 0, 5, 3}, 2, 2)}},
		{name: "scalar", attrs: axis1, in: []*graph.Tensor{ramp(0, 2, 3), scalar[int64](1)}, want: []*graph.Tensor{f32([]float32{1, 4})}},
		{name: "none", in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{}, 0)}, want: []*graph.Tensor{ramp(0, 0, 3)}},
		{name: "beyond", in: []*graph.Tensor{ramp(0, 2, 3), i64([]int64{2})}, err: "want -2 to 1, have 2"},
	})
	coupleEach(t, "Gather", []coupled{
		{name: "rows of a table", in: []any{"100 8", graph.TensorType(graph.Int64, dims(t, "N S"))}, types: "float[N,S,8]",
			want: "in0.1=out0.2, in1.0=out0.0, in1.1=out0.1, pin in0.0"},
		{name: "one of three", attrs: axis1, in: []any{"N 3 8", scalar[int64](2)}, types: "float[N,8]", want: "in0.0=out0.0, in0.2=out0.1, pin in0.1"},
		{name: "known elements", in: []any{counts("N 6 H W"), i64([]int64{-1, 0})}, types: "int64[2]{W,N}"},
		{name: "one known element", in: []any{counts("N 6 H W"), scalar[int64](0)}, types: "int64[]{N}"},
		{name: "unknown rank of the indices", in: []any{"100 8", graph.TensorType(graph.Int64, nil)}, types: "float[...]"},
	})
}
