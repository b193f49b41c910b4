package op_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestMaxPool(t *testing.T) {
	kernel := graph.IntsAttr("kernel_shape", 2, 2)
	x := ramp(1, 1, 2, 3, 3) // planes 1..9 and 10..18
	applyAll(t, "MaxPool", []applied{
		{"2x2", "", 7, []*graph.Attr{kernel}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{5, 6, 8, 9, 14, 15, 17, 18}, 1, 2, 2, 2)}, ""},
		{"floor drops what does not fill a window", "", 0, []*graph.Attr{kernel, graph.IntsAttr("strides", 2, 2)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{5, 14}, 1, 2, 1, 1)}, ""},
		{"ceil keeps it", "", 10, []*graph.Attr{kernel, graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{5, 6, 8, 9, 14, 15, 17, 18}, 1, 2, 2, 2)}, ""},
		{"dilations", "", 10, []*graph.Attr{kernel, graph.IntsAttr("dilations", 2, 2)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{9, 18}, 1, 2, 1, 1)}, ""},
		{"indices count over the whole input", "", 8, []*graph.Attr{kernel, graph.IntsAttr("strides", 2, 2)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{5, 14}, 1, 2, 1, 1), i64([]int64{4, 13}, 1, 2, 1, 1)}, ""},
		{"indices by columns", "", 8, []*graph.Attr{kernel, graph.IntAttr("storage_order", 1)}, []*graph.Tensor{ramp(1, 1, 1, 2, 3)},
			[]*graph.Tensor{f32([]float32{5, 6}, 1, 1, 1, 2), i64([]int64{3, 5}, 1, 1, 1, 2)}, ""},
		{"padding is never the maximum", "", 0, []*graph.Attr{kernel, graph.StringAttr("auto_pad", "SAME_UPPER")}, []*graph.Tensor{ramp(-9, 1, 1, 2, 2)},
			[]*graph.Tensor{f32([]float32{-6, -6, -6, -6}, 1, 1, 2, 2)}, ""},
		{"no kernel", "", 0, nil, []*graph.Tensor{x}, nil, "kernel_shape"},
		{"kernel of another rank", "", 0, []*graph.Attr{graph.IntsAttr("kernel_shape", 2)}, []*graph.Tensor{x}, nil, "want 2 values, have 1"},
		{"no spatial axis", "", 0, []*graph.Attr{kernel}, []*graph.Tensor{ramp(0, 2, 2)}, nil, "at least 3 axes"},
	})
}

func TestAveragePool(t *testing.T) {
	kernel := graph.IntsAttr("kernel_shape", 2)
	pads := graph.IntsAttr("pads", 1, 1)
	x := f32([]float32{2, 4, 6}, 1, 1, 3)
	applyAll(t, "AveragePool", []applied{
		{"padding does not count", "", 7, []*graph.Attr{kernel, pads}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{2, 3, 5, 6}, 1, 1, 4)}, ""},
		{"padding counts", "", 7, []*graph.Attr{kernel, pads, graph.IntAttr("count_include_pad", 1)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{1, 3, 5, 3}, 1, 1, 4)}, ""},
		// The last window covers 6 and a position behind the input, which no padding made.
		{"what ceil mode adds never counts", "", 10, []*graph.Attr{kernel, graph.IntsAttr("strides", 2), graph.IntAttr("ceil_mode", 1), graph.IntAttr("count_include_pad", 1)},
			[]*graph.Tensor{x}, []*graph.Tensor{f32([]float32{3, 6}, 1, 1, 2)}, ""},
		{"dilations", "", 19, []*graph.Attr{kernel, graph.IntsAttr("dilations", 2)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{4}, 1, 1, 1)}, ""},
		{"dilated taps in the padding", "", 19, []*graph.Attr{kernel, pads, graph.IntsAttr("dilations", 2), graph.IntAttr("count_include_pad", 1)}, []*graph.Tensor{x},
			[]*graph.Tensor{f32([]float32{2, 4, 2}, 1, 1, 3)}, ""},
		{"channels apart", "", 0, []*graph.Attr{kernel}, []*graph.Tensor{ramp(0, 1, 3, 2)},
			[]*graph.Tensor{f32([]float32{0.5, 2.5, 4.5}, 1, 3, 1)}, ""},
	})
}

func TestGlobalPools(t *testing.T) {
	x := ramp(0, 1, 3, 2, 2)
	applyAll(t, "GlobalAveragePool", []applied{
		{"mean of each plane", "", 7, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{1.5, 5.5, 9.5}, 1, 3, 1, 1)}, ""},
		{"maximum of each plane", "GlobalMaxPool", 0, nil, []*graph.Tensor{x}, []*graph.Tensor{f32([]float32{3, 7, 11}, 1, 3, 1, 1)}, ""},
		{"integers", "", 0, nil, []*graph.Tensor{i64([]int64{1, 2}, 1, 1, 2)}, nil, "not supported"},
	})
}

func TestMaxPoolWithIndicesKeepsItsChannels(t *testing.T) {
	c := applied{op: "MaxPool", attrs: []*graph.Attr{graph.IntsAttr("kernel_shape", 2)}, in: []*graph.Tensor{ramp(0, 1, 3, 4)}}
	for outputs, free := range map[int]int{1: 1, 2: 0} {
		c.want = make([]*graph.Tensor, outputs)
		for i := range c.want {
			c.want[i] = ramp(0, 1, 3, 3)
		}
		n := c.node(t, true)
		if err := op.Infer(n); err != nil {
			t.Fatal(err)
		}
		rules, err := op.Lookup(n).Couple(n)
		if err != nil {
			t.Fatal(err)
		}
		if have := len(classes(n, rules)); have != free {
			t.Errorf("with %d outputs: want %d axes to cut, have %d", outputs, free, have)
		}
	}
}
