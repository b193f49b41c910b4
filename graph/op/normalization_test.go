package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestBatchNormalization(t *testing.T) {
	x := ramp(0, 1, 3, 2)
	scale, b := f32([]float32{1, 2, 3}), f32([]float32{0, 1, 2})
	mean, variance := f32([]float32{1, 2, 3}), f32([]float32{1, 4, 9})
	in := []*graph.Tensor{x, scale, b, mean, variance}
	want := []*graph.Tensor{f32([]float32{-0.999995, 0, 1, 1.99999875, 2.99999944, 3.99999889}, 1, 3, 2)}
	each := func(data ...float32) *graph.Tensor { return f32(data, 3, 2) }
	applyAll(t, "BatchNormalization", []applied{
		{"opset 7", "", 7, nil, in, want, ""},
		{"opset 9", "", 9, nil, in, want, ""},
		{"opset 15", "", 15, nil, in, want, ""},
		{"spatial 0: statistics of every element", "", 7, []*graph.Attr{graph.IntAttr("spatial", 0), graph.FloatAttr("epsilon", 0)},
			[]*graph.Tensor{x, each(1, 1, 1, 1, 1, 2), each(0, 0, 0, 0, 0, 1), each(0, 1, 1, 1, 1, 1), each(1, 1, 1, 4, 1, 16)},
			[]*graph.Tensor{f32([]float32{0, 0, 1, 1, 3, 3}, 1, 3, 2)}, ""},
		{"training", "", 14, []*graph.Attr{graph.IntAttr("training_mode", 1), graph.FloatAttr("epsilon", 0)}, in, []*graph.Tensor{
			f32([]float32{-1, 1, -1, 3, -1, 5}, 1, 3, 2), f32([]float32{0.95, 2.05, 3.15}), f32([]float32{0.925, 3.625, 8.125})}, ""},
		{"training as opset 6 does unless told", "", 6, nil, in, nil, "is_test 0 is not supported"},
		{"training as opset 9 asks for it", "", 9, nil, in, []*graph.Tensor{x, scale}, "output 1 is one of training"},
		{"scale of another extent", "", 15, nil, []*graph.Tensor{x, f32([]float32{1}), b, mean, variance}, nil, "scale: want shape [3], have [1]"},
	})
}

func TestInstanceNormalization(t *testing.T) {
	applyAll(t, "InstanceNormalization", []applied{
		{"each plane apart", "", 0, []*graph.Attr{graph.FloatAttr("epsilon", 0)},
			[]*graph.Tensor{f32([]float32{0, 2, 5, 5.5}, 1, 2, 2), f32([]float32{1, 3}), f32([]float32{0, 1})},
			[]*graph.Tensor{f32([]float32{-1, 1, -2, 4}, 1, 2, 2)}, ""},
	})
}

func TestGroupNormalization(t *testing.T) {
	x := f32([]float32{1, 2, 3, 4, 0, 0, 4, 8}, 1, 4, 2)
	groups := []*graph.Attr{graph.IntAttr("num_groups", 2)}
	ones := func(n int) *graph.Tensor { return f32([]float32{1, 1, 1, 1}[:n]) }
	applyAll(t, "GroupNormalization", []applied{
		{"scale for each channel", "", 21, groups, []*graph.Tensor{x, f32([]float32{1, 2, 3, 4}), ones(4)},
			[]*graph.Tensor{f32([]float32{-0.34163542, 0.55278819, 1.89442361, 3.68327084, -1.71360087, -1.71360087, 2.20604483, 7.03022415}, 1, 4, 2)}, ""},
		{"scale for each group", "", 18, groups, []*graph.Tensor{x, f32([]float32{1, 2}), ones(2)},
			[]*graph.Tensor{f32([]float32{-0.34163542, 0.55278819, 1.44721181, 2.34163542, -0.80906725, -0.80906725, 1.60302242, 4.01511208}, 1, 4, 2)}, ""},
		{"groups that do not divide", "", 21, []*graph.Attr{graph.IntAttr("num_groups", 3)}, []*graph.Tensor{x, ones(4), ones(4)}, nil, "4 channels do not divide into 3"},
	})
}

func TestGroupNormalizationFollowsItsGroups(t *testing.T) {
	c := applied{op: "GroupNormalization", attrs: []*graph.Attr{graph.IntAttr("num_groups", 4)},
		in: []*graph.Tensor{ramp(0, 1, 8, 2), ramp(1, 8), ramp(1, 8)}}
	n := c.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	err := op.Lookup(n).Resize(n, func(a op.Axis) []int {
		if a == op.VirtualAxis(0) {
			return []int{0, 1, 3}
		}
		return nil
	})
	if err != nil || n.Int("num_groups", 0) != 3 {
		t.Errorf("num_groups: want 3, have %d (error %v)", n.Int("num_groups", 0), err)
	}
}

func TestLayerNormalization(t *testing.T) {
	x := f32([]float32{1, 2, 3, 2, 4, 9}, 2, 3)
	scale, b := f32([]float32{1, 2, 3}), f32([]float32{0, 0, 1})
	applyAll(t, "LayerNormalization", []applied{
		{"with its statistics", "", 17, nil, []*graph.Tensor{x, scale, b}, []*graph.Tensor{
			f32([]float32{-1.22473569, 0, 4.67420706, -1.01904874, -0.67936583, 5.07619497}, 2, 3),
			f32([]float32{2, 5}, 2, 1), f32([]float32{1.22473569, 0.33968291}, 2, 1)}, ""},
		{"over all axes, no B", "", 17, []*graph.Attr{graph.IntAttr("axis", 0), graph.FloatAttr("epsilon", 0)},
			[]*graph.Tensor{f32([]float32{0, 0, 2, 2}, 2, 2), f32([]float32{1, 2, 3, 4}, 2, 2)},
			[]*graph.Tensor{f32([]float32{-1, -2, 3, 4}, 2, 2)}, ""},
		{"scale that would widen x", "", 0, nil, []*graph.Tensor{f32([]float32{1, 2}, 2, 1), scale}, nil, "does not broadcast"},
		{"axis out of range", "", 0, []*graph.Attr{graph.IntAttr("axis", 2)}, []*graph.Tensor{x, scale}, nil, "axis: want -2 to 1, have 2"},
	})
}

func TestRMSNormalization(t *testing.T) {
	applyAll(t, "RMSNormalization", []applied{
		{"last axis", "", 23, nil, []*graph.Tensor{f32([]float32{1, 2, 3, 2, 4, 9}, 2, 3), f32([]float32{1, 2, 3})},
			[]*graph.Tensor{f32([]float32{0.46290955, 1.85163822, 4.16618599, 0.34469094, 1.37876377, 4.65332772}, 2, 3)}, ""},
	})
}

func TestLRN(t *testing.T) {
	x := ramp(1, 1, 4, 1)
	attrs := func(size int) []*graph.Attr {
		return []*graph.Attr{graph.IntAttr("size", size), graph.FloatAttr("alpha", 0.3), graph.FloatAttr("beta", 0.5)}
	}
	applyAll(t, "LRN", []applied{
		{"one neighbour on each side", "", 0, attrs(3), []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{0.81649658, 1.29099445, 1.51910905, 2.13808994}, 1, 4, 1)}, ""},
		{"an even size looks ahead", "", 0, attrs(2), []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{0.75592895, 1.16444502, 1.3764944, 2.16930458}, 1, 4, 1)}, ""},
		{"no size", "", 0, nil, []*graph.Tensor{x}, nil, "size"},
	})
}

func TestLpNormalization(t *testing.T) {
	x := f32([]float32{3, 4, 0, 0, 6, 8}, 3, 2)
	applyAll(t, "LpNormalization", []applied{
		{"L2", "", 0, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{0.6, 0.8, 0, 0, 0.6, 0.8}, 3, 2)}, ""},
		{"L1 along axis 0", "", 0, []*graph.Attr{graph.IntAttr("p", 1), graph.IntAttr("axis", 0)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{1.0 / 3, 1.0 / 3, 0, 0, 2.0 / 3, 2.0 / 3}, 3, 2)}, ""},
		{"L3", "", 0, []*graph.Attr{graph.IntAttr("p", 3)}, []*graph.Tensor{x}, nil, "p: want 1 or 2, have 3"},
	})
}
