package op_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestSoftmaxes(t *testing.T) {
	x := f32([]float32{0, 1, 2, 0, 2, 4}, 1, 2, 3)
	rows := f32([]float32{0.09003057, 0.24472847, 0.66524096, 0.01587624, 0.11731043, 0.86681333}, 1, 2, 3)
	inf := float32(math.Inf(-1))
	applyAll(t, "Softmax", []applied{
		{"last axis from opset 13 on", "", 13, nil, []*graph.Tensor{x}, []*graph.Tensor{rows}, ""},
		{"all axes from 1 on before", "", 11, nil, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{0.01349627, 0.03668667, 0.0997247, 0.01349627, 0.0997247, 0.73687139}, 1, 2, 3)}, ""},
		{"large numbers and a masked one", "", 13, nil, []*graph.Tensor{f32([]float32{1e4, inf, 1e4})}, []*graph.Tensor{f32([]float32{0.5, 0, 0.5})}, ""},
		{"logarithm", "LogSoftmax", 13, nil, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{-2.40760596, -1.40760596, -0.40760596, -4.14293163, -2.14293163, -0.14293163}, 1, 2, 3)}, ""},
		{"first of equals", "Hardmax", 13, nil, []*graph.Tensor{f32([]float32{1, 3, 3, 2, 0, 1}, 2, 3)}, []*graph.Tensor{f32([]float32{0, 1, 0, 1, 0, 0}, 2, 3)}, ""},
		{"over the flattened rest", "Hardmax", 7, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{0, 0, 0, 0, 0, 1}, 1, 2, 3)}, ""},
		{"axis out of range", "", 13, []*graph.Attr{graph.IntAttr("axis", 3)}, []*graph.Tensor{x}, nil, "axis: want -3 to 2, have 3"},
	})
}

func TestSoftmaxNormalisesOverMoreAxesBeforeOpset13(t *testing.T) {
	for version, want := range map[int][]int{11: {1, 2}, 13: {2}} {
		c := applied{op: "Softmax", version: version, in: []*graph.Tensor{ramp(0, 2, 3, 4)}}
		n := c.node(t, true)
		if err := op.Infer(n); err != nil {
			t.Fatal(err)
		}
		rules, err := op.Lookup(n).Couple(n)
		if err != nil {
			t.Fatal(err)
		}
		var have []int
		for _, s := range rules.Stat {
			have = append(have, s.Axis.Dim)
		}
		if len(have) != len(want) || have[0] != want[0] {
			t.Errorf("opset %d: want a statistic over axes %v, have %v", version, want, have)
		}
		if len(rules.Same) != 3 {
			t.Errorf("opset %d: want every axis coupled, have %v", version, rules.Same)
		}
	}
}
