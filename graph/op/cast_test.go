package op_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func to(d graph.DType) []*graph.Attr { return []*graph.Attr{graph.IntAttr("to", int(d))} }

func TestCast(t *testing.T) {
	vec := func(v ...float32) []*graph.Tensor { return []*graph.Tensor{f32(v)} }
	applyAll(t, "Cast", []applied{
		{name: "towards zero", attrs: to(graph.Int32), in: vec(-1.7, 1.7), want: []*graph.Tensor{tensor([]int32{-1, 1}, nil)}},
		{name: "anything but zero is true", attrs: to(graph.Bool), in: vec(0, 0.25, -3), want: []*graph.Tensor{tensor([]bool{false, true, true}, nil)}},
		{name: "truth to numbers", attrs: to(graph.Float32), in: []*graph.Tensor{tensor([]bool{true, false}, nil)}, want: vec(1, 0)},
		{name: "whole numbers exactly", attrs: to(graph.Uint64), in: []*graph.Tensor{i64([]int64{math.MaxInt64 - 1})}, want: []*graph.Tensor{tensor([]uint64{math.MaxInt64 - 1}, nil)}},
		{name: "beyond int64", attrs: to(graph.Float64), in: []*graph.Tensor{tensor([]uint64{1 << 63}, nil)}, want: []*graph.Tensor{tensor([]float64{1 << 63}, nil)}},
		{name: "and back", attrs: to(graph.Uint64), in: []*graph.Tensor{tensor([]float64{1 << 63}, nil)}, want: []*graph.Tensor{tensor([]uint64{1 << 63}, nil)}},
		{name: "wraps", attrs: to(graph.Uint8), in: []*graph.Tensor{i64([]int64{258, -1})}, want: []*graph.Tensor{tensor([]uint8{2, 255}, nil)}},
		{name: "to text", attrs: to(graph.String), in: vec(1, 0.5, 1e-5), want: []*graph.Tensor{tensor([]string{"1.0", "0.5", "1e-05"}, nil)}},
		{name: "from text", attrs: to(graph.Float32), in: []*graph.Tensor{tensor([]string{"-1.5E2", "-INF"}, nil)}, want: vec(-150, float32(math.Inf(-1)))},
		{name: "from text to whole numbers", attrs: to(graph.Int64), in: []*graph.Tensor{tensor([]string{"9007199254740993", "1e2"}, nil)}, want: []*graph.Tensor{i64([]int64{9007199254740993, 100})}},
		{name: "no number", attrs: to(graph.Float32), in: []*graph.Tensor{tensor([]string{"one"}, nil)}, err: `"one" is not a number`},
		{name: "no such type", attrs: to(99), in: vec(1), err: "to: want the number of an element type"},
	})
	applyAll(t, "CastLike", []applied{
		{name: "only the type is read", in: []*graph.Tensor{f32([]float32{1.5, 2}), i64([]int64{7, 7, 7})}, want: []*graph.Tensor{i64([]int64{1, 2})}},
	})
	coupleEach(t, "Cast", []coupled{
		{name: "known elements", attrs: to(graph.Int32), in: []any{counts("N 6")}, types: "int32[2]{N,6}", want: "in0.0=out0.0"},
		{name: "symbols might wrap", attrs: to(graph.Uint8), in: []any{counts("N 300")}, types: "uint8[2]{?,44}"},
		{name: "real numbers are no extents", attrs: to(graph.Float32), in: []any{counts("N 6")}, types: "float[2]"},
		{name: "like", op: "CastLike", in: []any{"N 6", graph.TensorType(graph.Int8, graph.ShapeOf(3))}, types: "int8[N,6]", want: "in0.0=out0.0, in0.1=out0.1, in1.0=v0(3)"},
	})
}

func TestIdentityAndDropout(t *testing.T) {
	x := f32([]float32{1, -2})
	yes, none := scalar(true), scalar[float32](0)
	applyAll(t, "Dropout", []applied{
		{name: "identity", op: "Identity", in: []*graph.Tensor{x}, want: []*graph.Tensor{x}},
		{name: "inference", in: []*graph.Tensor{x, scalar[float32](0.9)}, want: []*graph.Tensor{x, tensor([]bool{true, true}, nil)}},
		{name: "training that drops nothing", in: []*graph.Tensor{x, none, yes}, want: []*graph.Tensor{x}},
		{name: "training", in: []*graph.Tensor{x, nil, yes}, want: []*graph.Tensor{x}, err: "not supported"},
		{name: "mask of the data's type", version: 7, in: []*graph.Tensor{x}, want: []*graph.Tensor{x, f32([]float32{1, 1})}},
	})
	coupleEach(t, "Dropout", []coupled{
		{name: "the mask goes along", in: []any{"N 6"}, outs: 2, types: "float[N,6] bool[N,6]",
			want: "in0.0=out0.0, in0.1=out0.1, in0.0=out1.0, in0.1=out1.1"},
		{name: "known elements", op: "Identity", in: []any{counts("N 6")}, types: "int64[2]{N,6}", want: "in0.0=out0.0"},
	})
}

func TestConstant(t *testing.T) {
	applyAll(t, "Constant", []applied{
		{name: "value", attrs: []*graph.Attr{graph.TensorAttr("value", ramp(0, 2, 2))}, want: []*graph.Tensor{ramp(0, 2, 2)}},
		{name: "int", attrs: []*graph.Attr{graph.IntAttr("value_int", 3)}, want: []*graph.Tensor{scalar[int64](3)}},
		{name: "ints", attrs: []*graph.Attr{graph.IntsAttr("value_ints", 3, 4)}, want: []*graph.Tensor{i64([]int64{3, 4})}},
		{name: "float", attrs: []*graph.Attr{graph.FloatAttr("value_float", 3)}, want: []*graph.Tensor{scalar[float32](3)}},
		{name: "floats", attrs: []*graph.Attr{{Name: "value_floats", Kind: graph.AttrFloats, Floats: []float32{3}}}, want: []*graph.Tensor{f32([]float32{3})}},
		{name: "string", attrs: []*graph.Attr{graph.StringAttr("value_string", "s")}, want: []*graph.Tensor{scalar("s")}},
		{name: "strings", attrs: []*graph.Attr{{Name: "value_strings", Kind: graph.AttrStrings, Strings: []string{"s"}}}, want: []*graph.Tensor{tensor([]string{"s"}, nil)}},
		{name: "sparse", attrs: []*graph.Attr{{Name: "sparse_value"}}, err: "sparse tensors are not supported"},
		{name: "none", err: "want one of the attributes"},
	})
	coupleEach(t, "Constant", []coupled{
		{name: "the contents follow", attrs: []*graph.Attr{graph.TensorAttr("value", ramp(0, 2, 3))}, types: "float[2,3]", want: "out0.0=v0(2), out0.1=v1(3)",
			kept: map[string][]int{"out0.1": {0, 2}}, after: "value=[2 2][0 2 3 5]"},
		{name: "known elements", attrs: []*graph.Attr{graph.IntsAttr("value_ints", 3, 4)}, types: "int64[2]{3,4}"},
	})
}
