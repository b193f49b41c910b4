package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestResize(t *testing.T) {
	attrs := func(pairs ...string) []*graph.Attr {
		var as []*graph.Attr
		for i := 0; i < len(pairs); i += 2 {
			as = append(as, graph.StringAttr(pairs[i], pairs[i+1]))
		}
		return as
	}
	axis := graph.IntsAttr("axes", -1)
	x := f32([]float32{1, 2, 3, 4}, 1, 4)
	half, double := f32([]float32{1, 0.5}), f32([]float32{1, 2})
	row := func(v ...float32) []*graph.Tensor { return []*graph.Tensor{f32(v, 1, len(v))} }
	applyAll(t, "Resize", []applied{
		{name: "opset 10 takes the position before", version: 10, in: []*graph.Tensor{x, double}, want: row(1, 1, 2, 2, 3, 3, 4, 4)},
		{name: "nearest of two prefers the one before", in: []*graph.Tensor{x, nil, half}, want: row(1, 3)},
		{name: "or behind", attrs: attrs("nearest_mode", "round_prefer_ceil"), in: []*graph.Tensor{x, nil, half}, want: row(2, 4)},
		{name: "whole numbers and text move", in: []*graph.Tensor{tensor([]string{"a", "b"}, nil), nil, f32([]float32{2})}, want: []*graph.Tensor{tensor([]string{"a", "a", "b", "b"}, nil)}},
		{name: "between", attrs: attrs("mode", "linear"), in: []*graph.Tensor{x, nil, half}, want: row(1.5, 3.5)},
		{name: "corners stay", attrs: attrs("mode", "linear", "coordinate_transformation_mode", "align_corners"),
			in: []*graph.Tensor{x, nil, nil, i64([]int64{1, 7})}, want: row(1, 1.5, 2, 2.5, 3, 3.5, 4)},
		{name: "one listed axis", attrs: append(attrs("mode", "linear"), axis), in: []*graph.Tensor{x, nil, nil, i64([]int64{2})}, want: row(1.5, 3.5)},
		{name: "a wide kernel against aliases", attrs: append(attrs("mode", "linear"), axis, graph.IntAttr("antialias", 1), graph.IntAttr("exclude_outside", 1)),
			in: []*graph.Tensor{x, nil, f32([]float32{0.5})}, want: row((3*1+3*2+1*3)/7.0, (1*2+3*3+3*4)/7.0)},
		{name: "the smaller of two scales", attrs: attrs("keep_aspect_ratio_policy", "not_larger"), in: []*graph.Tensor{ramp(0, 2, 4), nil, nil, i64([]int64{2, 2})},
			want: []*graph.Tensor{f32([]float32{0, 2}, 1, 2)}},
		{name: "cropped, with a number outside", attrs: append(attrs("mode", "linear", "coordinate_transformation_mode", "tf_crop_and_resize"), graph.FloatAttr("extrapolation_value", 9), axis),
			in: []*graph.Tensor{x, f32([]float32{0.5, 1.5}), nil, i64([]int64{3})}, want: row(2.5, 4, 9)},
		{name: "symmetric", attrs: append(attrs("coordinate_transformation_mode", "half_pixel_symmetric", "mode", "linear"), axis),
			in: []*graph.Tensor{x, nil, f32([]float32{0.6})}, want: row(1.6666666, 3.3333333)},
		{name: "neither", in: []*graph.Tensor{x}, err: "both missing"},
		{name: "no scale", in: []*graph.Tensor{x, nil, f32([]float32{1, 0})}, err: "positive numbers"},
		{name: "no such mode", attrs: attrs("mode", "area"), in: []*graph.Tensor{x, nil, half}, err: `"area" is none of`},
	})
	applyAll(t, "Upsample", []applied{
		{name: "scales are an attribute", version: 7, attrs: []*graph.Attr{{Name: "scales", Kind: graph.AttrFloats, Floats: []float32{1, 2}}}, in: []*graph.Tensor{x}, want: row(1, 1, 2, 2, 3, 3, 4, 4)},
		{name: "linear", version: 9, attrs: attrs("mode", "linear"), in: []*graph.Tensor{x, double}, want: row(1, 1.5, 2, 2.5, 3, 3.5, 4, 4)},
	})
	coupleEach(t, "Resize", []coupled{
		{name: "scales of 1 stay", in: []any{"N 6 H 5", nil, f32([]float32{1, 1, 2, 1.5})}, types: "float[N,6,2*H,7]",
			want: "in0.0=out0.0, in0.1=out0.1, pin in0.2, pin out0.2, pin in0.3, pin out0.3"},
		{name: "sizes follow", in: []any{"2 6 5", nil, nil, i64([]int64{2, 6, 10})}, types: "float[2,6,10]",
			want: "in0.0=out0.0, in0.1=out0.1, pin in0.2, pin out0.2",
			kept: map[string][]int{"in0.1": {0, 5}, "out0.1": {0, 5}}, after: "in3=[2 2 10]"},
		{name: "sizes of listed axes", attrs: []*graph.Attr{graph.IntsAttr("axes", 2, 1)}, in: []any{"N 6 5", nil, nil, i64([]int64{10, 6})}, types: "float[N,6,10]",
			kept: map[string][]int{"in0.1": {0, 5}, "out0.1": {0, 5}}, after: "axes=[2 1] in3=[10 2]"},
		{name: "sizes computed at run time", in: []any{"N 6 5", nil, nil, counts("N 6 10")}, types: "float[N,6,10]",
			want: "pin in0.0, pin out0.0, pin in0.1, pin out0.1, pin in0.2, pin out0.2"},
		{name: "unknown scales", in: []any{"N 6", nil, graph.TensorType(graph.Float32, graph.ShapeOf(2))}, types: "float[?,?]"},
		{name: "before opset 9", op: "Upsample", version: 7, attrs: []*graph.Attr{{Name: "scales", Kind: graph.AttrFloats, Floats: []float32{1, 1, 2}}},
			in: []any{"N 6 5"}, types: "float[N,6,10]", want: "in0.0=out0.0, in0.1=out0.1, pin in0.2, pin out0.2"},
	})
}
