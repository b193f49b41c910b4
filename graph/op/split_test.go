package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestSplit(t *testing.T) {
	axis1, two := graph.IntAttr("axis", 1), graph.IntAttr("num_outputs", 2)
	applyAll(t, "Split", []applied{
		{name: "last part smaller", attrs: []*graph.Attr{two}, in: []*graph.Tensor{ramp(0, 5)}, want: []*graph.Tensor{ramp(0, 3), ramp(3, 2)}},
		{name: "stated", attrs: []*graph.Attr{axis1}, in: []*graph.Tensor{ramp(0, 1, 4), i64([]int64{1, 0, 3})},
			want: []*graph.Tensor{ramp(0, 1, 1), ramp(0, 1, 0), ramp(1, 1, 3)}},
		{name: "attribute", version: 11, attrs: []*graph.Attr{graph.IntsAttr("split", 1, 3)}, in: []*graph.Tensor{ramp(0, 4)}, want: []*graph.Tensor{ramp(0, 1), ramp(1, 3)}},
		{name: "left out", version: 13, in: []*graph.Tensor{ramp(0, 4)}, want: []*graph.Tensor{nil, ramp(2, 2)}},
		{name: "uneven before opset 18", version: 13, in: []*graph.Tensor{ramp(0, 5)}, want: make([]*graph.Tensor, 2), err: "does not divide"},
		{name: "too little", in: []*graph.Tensor{ramp(0, 5), i64([]int64{1, 3})}, want: make([]*graph.Tensor, 2), err: "add up to 4"},
		{name: "another number of outputs", attrs: []*graph.Attr{two}, in: []*graph.Tensor{ramp(0, 6)}, want: make([]*graph.Tensor, 3), err: "num_outputs"},
	})
	cut := map[string][]int{"in0.1": {0, 3, 4}, "out0.1": {0}, "out1.1": {0, 1}}
	coupleEach(t, "Split", []coupled{
		{name: "parts that stay even need no sizes", attrs: []*graph.Attr{axis1, two}, in: []any{"N 6"}, outs: 2,
			types: "float[N,3] float[N,3]", want: "in0.0=out0.0, in0.0=out1.0, in0.1=out0.1+out1.1",
			kept: map[string][]int{"in0.1": {0, 3}, "out0.1": {0}, "out1.1": {0}}, after: "axis=1 num_outputs=2"},
		{name: "parts that are even no more get sizes", attrs: []*graph.Attr{axis1, two}, in: []any{"N 6"}, outs: 2,
			kept: cut, after: "axis=1 in1=[1 2]"},
		{name: "the same as an attribute", version: 11, attrs: []*graph.Attr{axis1}, in: []any{"N 6"}, outs: 2,
			kept: cut, after: "axis=1 split=[1 2]"},
		{name: "stated sizes", attrs: []*graph.Attr{axis1}, in: []any{"N 6", i64([]int64{4, 2})}, outs: 2, types: "float[N,4] float[N,2]",
			kept: map[string][]int{"in0.1": {0, 1, 4, 5}, "out0.1": {0, 1}}, after: "axis=1 in1=[2 2]"},
		{name: "outputs left out", attrs: []*graph.Attr{axis1}, in: []any{"N 6", i64([]int64{1, 3, 2})}, outs: 3, leftOut: []int{0, 1},
			types: "- - float[N,2]", want: "in0.0=out2.0, in0.1=v0(1)+v1(3)+out2.1",
			kept: map[string][]int{"in0.1": {0, 2, 4}, "v1": {1}, "out2.1": {0}}, after: "axis=1 in1=[1 1 1]"},
		{name: "sizes computed at run time", attrs: []*graph.Attr{axis1}, in: []any{"N 6", counts("4 2")}, outs: 2,
			want: "in0.0=out0.0, in0.0=out1.0, pin out0.1, pin out1.1, pin in0.1"},
		{name: "known elements", in: []any{counts("N 6 H W"), i64([]int64{2, 2})}, outs: 2, types: "int64[2]{N,6} int64[2]{H,W}"},
		{name: "a symbolic extent", version: 13, in: []any{"4*N 6"}, outs: 2, types: "float[2*N,6] float[2*N,6]"},
	})
}
