package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestPad(t *testing.T) {
	mode := func(m string) []*graph.Attr { return []*graph.Attr{graph.StringAttr("mode", m)} }
	pads := i64([]int64{2, 3})
	applyAll(t, "Pad", []applied{
		{name: "zero", in: []*graph.Tensor{ramp(1, 3), i64([]int64{1, 2})}, want: []*graph.Tensor{f32([]float32{0, 1, 2, 3, 0, 0})}},
		{name: "a number", in: []*graph.Tensor{ramp(1, 3), i64([]int64{1, 0}), scalar[float32](9)}, want: []*graph.Tensor{f32([]float32{9, 1, 2, 3})}},
		{name: "attributes", version: 10, attrs: []*graph.Attr{graph.IntsAttr("pads", 0, 1), graph.FloatAttr("value", 9)},
			in: []*graph.Tensor{ramp(1, 2)}, want: []*graph.Tensor{f32([]float32{1, 2, 9})}},
		{name: "cut off", in: []*graph.Tensor{ramp(1, 5), i64([]int64{-1, -2})}, want: []*graph.Tensor{f32([]float32{2, 3})}},
		{name: "axes", in: []*graph.Tensor{ramp(1, 2, 2), i64([]int64{1, 0}), nil, i64([]int64{-1})}, want: []*graph.Tensor{f32([]float32{0, 1, 2, 0, 3, 4}, 2, 3)}},
		{name: "edge", attrs: mode("edge"), in: []*graph.Tensor{ramp(1, 3), pads}, want: []*graph.Tensor{f32([]float32{1, 1, 1, 2, 3, 3, 3, 3})}},
		{name: "reflect, more than once", attrs: mode("reflect"), in: []*graph.Tensor{ramp(1, 3), pads}, want: []*graph.Tensor{f32([]float32{3, 2, 1, 2, 3, 2, 1, 2})}},
		{name: "wrap", attrs: mode("wrap"), in: []*graph.Tensor{ramp(1, 3), pads}, want: []*graph.Tensor{f32([]float32{2, 3, 1, 2, 3, 1, 2, 3})}},
		{name: "wrap before opset 19", version: 18, attrs: mode("wrap"), in: []*graph.Tensor{ramp(1, 3), pads}, err: "mode"},
		{name: "edge of nothing", attrs: mode("edge"), in: []*graph.Tensor{ramp(1, 0), pads}, err: "no elements to pad with"},
		{name: "other length", in: []*graph.Tensor{ramp(1, 2, 2), pads}, err: "pads: want 4 values"},
		{name: "more cut off than there is", in: []*graph.Tensor{ramp(1, 3), i64([]int64{-2, -2})}, err: "leave nothing"},
	})
	coupleEach(t, "Pad", []coupled{
		{name: "what is added can go as well", in: []any{"N 4", i64([]int64{0, 2, 0, 3})}, types: "float[N,9]",
			want: "in0.0=out0.0, in0.1=v2(4), out0.1=v0(2)+v2(4)+v1(3)",
			kept: map[string][]int{"v0": {1}, "v1": {0, 2}, "out0.1": make([]int, 7)}, after: "in1=[0 1 0 2]"},
		{name: "cut off before, added behind", in: []any{"6", i64([]int64{-2, 3})}, types: "float[7]",
			want: "in0.0=v0(2)+v2(4), out0.0=v2(4)+v1(3)",
			kept: map[string][]int{"v0": {1}, "in0.0": {1, 2, 3, 4, 5}}, after: "in1=[-1 3]"},
		{name: "attributes", version: 10, attrs: []*graph.Attr{graph.IntsAttr("pads", 0, 1, 0, 0)}, in: []any{"N 4"},
			kept: map[string][]int{"v0": {}, "out0.1": {1, 2, 3, 4}}, after: "pads=[0 0 0 0]"},
		{name: "listed axes", in: []any{"N 4 5", i64([]int64{1, 2}), nil, i64([]int64{-2})}, types: "float[N,7,5]",
			kept: map[string][]int{"v1": {0}, "out0.1": make([]int, 6)}, after: "in1=[1 1] in3=[-2]"},
		{name: "other modes", attrs: mode("reflect"), in: []any{"N 4 5", i64([]int64{0, 0, 1, 0, 0, 1})}, want: "in0.0=out0.0, in0.1=out0.1, pin in0.2, pin out0.2"},
		{name: "pads computed at run time", in: []any{"N 4", counts("0 1 0 0")}, types: "float[N,5]", want: "in0.0=out0.0, pin in0.1, pin out0.1"},
		{name: "unknown pads", in: []any{"N 4", graph.TensorType(graph.Int64, graph.ShapeOf(4))}, types: "float[?,?]", want: "pin in0.0, pin out0.0, pin in0.1, pin out0.1"},
	})
}
