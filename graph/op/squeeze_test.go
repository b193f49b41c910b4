package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestSqueeze(t *testing.T) {
	x := ramp(0, 1, 3, 1)
	axes := func(v ...int) []*graph.Attr { return []*graph.Attr{graph.IntsAttr("axes", v...)} }
	applyAll(t, "Squeeze", []applied{
		{name: "all", in: []*graph.Tensor{x}, want: []*graph.Tensor{ramp(0, 3)}},
		{name: "one", in: []*graph.Tensor{x, i64([]int64{-1})}, want: []*graph.Tensor{ramp(0, 1, 3)}},
		{name: "none", in: []*graph.Tensor{x, i64([]int64{}, 0)}, want: []*graph.Tensor{x}},
		{name: "attribute", version: 11, attrs: axes(0), in: []*graph.Tensor{x}, want: []*graph.Tensor{ramp(0, 3, 1)}},
		{name: "extent 3", in: []*graph.Tensor{x, i64([]int64{1})}, err: "want extent 1, have 3"},
	})
	coupleEach(t, "Squeeze", []coupled{
		{name: "an axis cut down to 1 is not squeezed", in: []any{"1 6 1"}, types: "float[6]", want: "in0.1=out0.0",
			kept: map[string][]int{"in0.1": {4}, "out0.0": {4}}, after: "in1=[0 2]"},
		{name: "the same as an attribute", version: 11, in: []any{"1 6 1"},
			kept: map[string][]int{"in0.1": {4}, "out0.0": {4}}, after: "axes=[0 2]"},
		{name: "which ones is not known", in: []any{"N 6 1"}, types: "float[...]", err: "known at run time only"},
		{name: "a symbol must be 1", in: []any{"N 6", i64([]int64{0})}, types: "float[6]", want: "in0.1=out0.0"},
		{name: "known element", in: []any{counts("N"), i64([]int64{0})}, types: "int64[]{N}"},
	})
	applyAll(t, "Unsqueeze", []applied{
		{name: "in any order", in: []*graph.Tensor{ramp(0, 3), i64([]int64{-1, 0})}, want: []*graph.Tensor{x}},
		{name: "attribute", version: 11, attrs: axes(1), in: []*graph.Tensor{ramp(0, 3)}, want: []*graph.Tensor{ramp(0, 3, 1)}},
		{name: "twice", in: []*graph.Tensor{ramp(0, 3), i64([]int64{0, -3})}, err: "duplicates"},
		{name: "missing", version: 11, in: []*graph.Tensor{ramp(0, 3)}, err: "axes: missing"},
	})
	coupleEach(t, "Unsqueeze", []coupled{
		{name: "between", in: []any{"N 6", i64([]int64{1, 3})}, types: "float[N,1,6,1]", want: "in0.0=out0.0, in0.1=out0.2"},
		{name: "known element", in: []any{graph.Type{DType: graph.Int64, Shape: graph.Shape{}, Elems: dims(t, "N")}, i64([]int64{0})}, types: "int64[1]{N}"},
		{name: "where is not known", in: []any{"N 6", graph.TensorType(graph.Int64, graph.ShapeOf(2))}, types: "float[?,?,?,?]", err: "run time only"},
	})
}

func TestTranspose(t *testing.T) {
	perm := func(v ...int) []*graph.Attr { return []*graph.Attr{graph.IntsAttr("perm", v...)} }
	applyAll(t, "Transpose", []applied{
		{name: "reversed by default", in: []*graph.Tensor{ramp(0, 2, 3)}, want: []*graph.Tensor{f32([]float32{0, 3, 1, 4, 2, 5}, 3, 2)}},
		{name: "half bytes", in: []*graph.Tensor{must(graph.FromRaw(graph.Uint4, []int{2, 3}, []byte{0x10, 0x32, 0x54}))},
			want: []*graph.Tensor{must(graph.FromRaw(graph.Uint4, []int{3, 2}, []byte{0x30, 0x41, 0x52}))}},
		{name: "no permutation", attrs: perm(0, 0), in: []*graph.Tensor{ramp(0, 2, 3)}, err: "not a permutation"},
		{name: "other rank", attrs: perm(0), in: []*graph.Tensor{ramp(0, 2, 3)}, err: "perm: want 2 axes"},
	})
	coupleEach(t, "Transpose", []coupled{
		{name: "axes move", attrs: perm(1, 2, 0), in: []any{"N 6 4"}, types: "float[6,4,N]", want: "in0.1=out0.0, in0.2=out0.1, in0.0=out0.2"},
	})
}

func TestDepthToSpace(t *testing.T) {
	size := func(n int) *graph.Attr { return graph.IntAttr("blocksize", n) }
	crd := graph.StringAttr("mode", "CRD")
	deep := ramp(0, 1, 8, 1, 1)
	applyAll(t, "DepthToSpace", []applied{
		{name: "sets of channels", attrs: []*graph.Attr{size(2)}, in: []*graph.Tensor{deep}, want: []*graph.Tensor{f32([]float32{0, 2, 4, 6, 1, 3, 5, 7}, 1, 2, 2, 2)}},
		{name: "channels first", attrs: []*graph.Attr{size(2), crd}, in: []*graph.Tensor{deep}, want: []*graph.Tensor{ramp(0, 1, 2, 2, 2)}},
		{name: "the way back", op: "SpaceToDepth", attrs: []*graph.Attr{size(2)}, in: []*graph.Tensor{f32([]float32{0, 2, 4, 6, 1, 3, 5, 7}, 1, 2, 2, 2)}, want: []*graph.Tensor{deep}},
		{name: "does not divide", attrs: []*graph.Attr{size(3)}, in: []*graph.Tensor{deep}, err: "extent 8 does not divide by 9"},
		{name: "does not divide", op: "SpaceToDepth", attrs: []*graph.Attr{size(3)}, in: []*graph.Tensor{ramp(0, 1, 1, 6, 4)}, err: "extent 4 does not divide by 3"},
		{name: "no size", in: []*graph.Tensor{deep}, err: "blocksize"},
	})
	coupleEach(t, "DepthToSpace", []coupled{
		{name: "sets of channels", attrs: []*graph.Attr{size(2)}, in: []any{"N 12 H 5"}, types: "float[N,3,2*H,10]",
			want: "in0.0=out0.0, in0.1=v0(2)*v1(2)*out0.1, out0.2=in0.2*v0(2), out0.3=in0.3*v1(2), pin v0(2), pin v1(2)"},
		{name: "channels first", attrs: []*graph.Attr{size(2), crd}, in: []any{"N 12 4 5"},
			want: "in0.0=out0.0, in0.1=out0.1*v0(2)*v1(2), out0.2=in0.2*v0(2), out0.3=in0.3*v1(2), pin v0(2), pin v1(2)"},
		{name: "back", op: "SpaceToDepth", attrs: []*graph.Attr{size(2)}, in: []any{"N 3 8 10"}, types: "float[N,12,4,5]",
			want: "out0.0=in0.0, out0.1=v0(2)*v1(2)*in0.1, in0.2=out0.2*v0(2), in0.3=out0.3*v1(2), pin v0(2), pin v1(2)"},
	})
}
