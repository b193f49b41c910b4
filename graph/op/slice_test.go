package op_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestSlice(t *testing.T) {
	const end = math.MaxInt64
	vec := func(v ...int64) *graph.Tensor { return i64(v) }
	applyAll(t, "Slice", []applied{
		{name: "clamped", in: []*graph.Tensor{ramp(0, 5), vec(-9), vec(9)}, want: []*graph.Tensor{ramp(0, 5)}},
		{name: "backwards", in: []*graph.Tensor{ramp(0, 5), vec(-1), vec(math.MinInt64), vec(0), vec(-2)}, want: []*graph.Tensor{f32([]float32{4, 2, 0})}},
		{name: "backwards from before the start", in: []*graph.Tensor{ramp(0, 5), vec(-9), vec(math.MinInt64), vec(0), vec(-1)}, want: []*graph.Tensor{f32([]float32{0})}},
		{name: "the longest step", in: []*graph.Tensor{i64([]int64{7, 8, 9}), vec(2), vec(math.MinInt64), vec(0), vec(math.MinInt64)}, want: []*graph.Tensor{i64([]int64{9})}},
		{name: "nothing", in: []*graph.Tensor{ramp(0, 5), vec(3), vec(3)}, want: []*graph.Tensor{ramp(0, 0)}},
		{name: "bounds of int32", in: []*graph.Tensor{ramp(0, 2, 3), graph.TensorOf([]int32{1}, 1), graph.TensorOf([]int32{3}, 1), graph.TensorOf([]int32{-1}, 1)},
			want: []*graph.Tensor{f32([]float32{1, 2, 4, 5}, 2, 2)}},
		{name: "attributes", version: 9, attrs: []*graph.Attr{graph.IntsAttr("starts", 1), graph.IntsAttr("ends", 2), graph.IntsAttr("axes", 1)},
			in: []*graph.Tensor{ramp(0, 2, 3)}, want: []*graph.Tensor{f32([]float32{1, 4}, 2, 1)}},
		{name: "step 0", in: []*graph.Tensor{ramp(0, 5), vec(0), vec(3), vec(0), vec(0)}, err: "steps"},
		{name: "axis twice", in: []*graph.Tensor{ramp(0, 5, 5), vec(0, 0), vec(3, 3), vec(1, -1)}, err: "duplicates"},
		{name: "lists of other lengths", in: []*graph.Tensor{ramp(0, 5), vec(0, 1), vec(3)}, err: "ends: want 2"},
	})
	coupleEach(t, "Slice", []coupled{
		{name: "the middle", in: []any{"N 10", vec(2), vec(-3), vec(1)}, types: "float[N,5]",
			want: "in0.0=out0.0, in0.1=v0(2)+out0.1+v1(3)",
			kept: map[string][]int{"in0.1": {1, 2, 4, 9}, "v0": {1}, "out0.1": {0, 2}, "v1": {2}}, after: "in1=[1] in2=[3] in3=[1]"},
		{name: "the end, an untouched axis beside it", in: []any{"8 10", vec(0, 6), vec(5, end)}, types: "float[5,4]",
			want: "in0.0=out0.0+v0(3), in0.1=v1(6)+out0.1",
			kept: map[string][]int{"in0.1": {0, 1, 8}, "v1": {0, 1}, "out0.1": {2}}, after: "in1=[0 2] in2=[5 3]"},
		{name: "all of an axis", in: []any{"N 6", vec(0, 0), vec(end, 6)}, types: "float[N,6]", want: "in0.0=out0.0, in0.1=out0.1",
			kept: map[string][]int{"in0.1": {0}, "out0.1": {0}}, after: "in1=[0 0] in2=[9223372036854775807 6]"},
		{name: "as many as an extent", in: []any{"12", vec(0), several(t, "S")}, types: "float[(sliceofS;12,0,S)]", want: "pin in0.0, pin out0.0"},
		{name: "as many as an extent, behind others", in: []any{"12", several(t, "P"), several(t, "(P+S)")}, types: "float[(sliceofS;12,P,(P+S))]", want: "pin in0.0, pin out0.0"},
		{name: "what a sum has left", in: []any{"(P+S)", several(t, "P"), vec(end)}, types: "float[S]", want: "pin in0.0, pin out0.0"},
		{name: "attributes are written again", version: 9, attrs: []*graph.Attr{graph.IntsAttr("starts", 2), graph.IntsAttr("ends", 6), graph.IntsAttr("axes", 1)},
			in: []any{"N 6"}, want: "in0.0=out0.0, in0.1=v0(2)+out0.1",
			kept: map[string][]int{"in0.1": {2, 4}, "v0": {}, "out0.1": {0, 2}}, after: "starts=[0] ends=[2] axes=[1]"},
		{name: "a step that divides is a factor", in: []any{"12", vec(1), vec(end), vec(0), vec(3)}, types: "float[4]",
			want: "in0.0=out0.0*v0(3), pin v0(3)",
			kept: map[string][]int{"in0.0": {0, 1, 2, 9, 10, 11}, "out0.0": {0, 3}}, after: "in1=[1] in2=[5] in3=[0] in4=[3]"},
		{name: "a step that does not", in: []any{"10", vec(0), vec(end), vec(0), vec(3)}, want: "pin in0.0, pin out0.0"},
		{name: "backwards", in: []any{"10", vec(-1), vec(math.MinInt64), vec(0), vec(-1)}, want: "pin in0.0, pin out0.0"},
		{name: "bounds computed at run time", in: []any{"8 10", counts("0"), counts("5"), vec(1)}, types: "float[8,5]", want: "in0.0=out0.0, pin in0.1, pin out0.1"},
		{name: "axes known at run time only", in: []any{"8 10", vec(0), vec(2), graph.TensorType(graph.Int64, graph.ShapeOf(1))}, err: "known at run time only"},
		{name: "symbols", in: []any{"N S 4", vec(0, 1), counts("9223372036854775807 S"), vec(0, 1)}, types: "float[N,(slice(S,1,S,1)),4]"},
		{name: "known elements", in: []any{counts("N 6 H W"), vec(-1), vec(-5), vec(0), vec(-2)}, types: "int64[2]{W,6}"},
	})
}

// several is the type of a vector of integers with those elements.
func several(t *testing.T, elems string) graph.Type {
	d := dims(t, elems)
	return graph.Type{DType: graph.Int64, Shape: graph.ShapeOf(len(d)), Elems: d}
}

// A part of S positions added to S of them has their extent; of two symbols nobody knows which is 1.
func TestSymbolsBroadcast(t *testing.T) {
	coupleEach(t, "Add", []coupled{
		{name: "a part", in: []any{"N S 6", "(sliceofS;12,0,S) 6"}, types: "float[N,S,6]"},
		{name: "a part before", in: []any{"(sliceof2*S;12,0,2·S)", "2*S"}, types: "float[2*S]"},
		{name: "a part of something else", in: []any{"S", "(sliceofT;12,0,T)"}, types: "float[(broadcast((sliceofT;12,0,T),S))]"},
		{name: "two", in: []any{"T", "S"}, types: "float[(broadcast(S,T))]"},
	})
}
