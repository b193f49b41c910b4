package op_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func TestConvTranspose(t *testing.T) {
	x := f32([]float32{1, 2}, 1, 1, 2)
	w := f32([]float32{1, 10, 100}, 1, 1, 3)
	strides := graph.IntsAttr("strides", 2)
	in := []*graph.Tensor{x, w}
	one := func(v ...float32) []*graph.Tensor { return []*graph.Tensor{f32(v, 1, 1, len(v))} }
	applyAll(t, "ConvTranspose", []applied{
		{"plain", "", 7, nil, in, one(1, 12, 120, 200), ""},
		{"bias", "", 7, nil, []*graph.Tensor{x, w, f32([]float32{5})}, one(6, 17, 125, 205), ""},
		{"strides", "", 7, []*graph.Attr{strides}, in, one(1, 10, 102, 20, 200), ""},
		{"padding cuts the ends", "", 7, []*graph.Attr{strides, graph.IntsAttr("pads", 1, 1)}, in, one(10, 102, 20), ""},
		{"output padding adds behind", "", 7, []*graph.Attr{strides, graph.IntsAttr("output_padding", 1)}, in, one(1, 10, 102, 20, 200, 0), ""},
		{"dilations", "", 7, []*graph.Attr{graph.IntsAttr("dilations", 2)}, in, one(1, 2, 10, 20, 100, 200), ""},
		{"output shape", "", 7, []*graph.Attr{strides, graph.IntsAttr("output_shape", 6)}, in, one(1, 10, 102, 20, 200, 0), ""},
		{"SAME_UPPER cuts the odd one behind", "", 11, []*graph.Attr{strides, graph.StringAttr("auto_pad", "SAME_UPPER")}, in, one(1, 10, 102, 20), ""},
		{"SAME_LOWER cuts it before", "", 11, []*graph.Attr{strides, graph.StringAttr("auto_pad", "SAME_LOWER")}, in, one(10, 102, 20, 200), ""},
		{"groups", "", 7, []*graph.Attr{graph.IntAttr("group", 2)}, []*graph.Tensor{f32([]float32{1, 2}, 1, 2, 1), f32([]float32{1, 10, 100, 1000}, 2, 2, 1)},
			[]*graph.Tensor{f32([]float32{1, 10, 200, 2000}, 1, 4, 1)}, ""},
		{"channels that do not match", "", 7, nil, []*graph.Tensor{x, ramp(0, 2, 1, 3)}, nil, "want 2 channels (axis 1), have 1"},
		{"nothing left", "", 7, []*graph.Attr{graph.IntsAttr("pads", 2, 2)}, in, nil, "output extent of 0"},
	})
}

// With channel 2 of w's six outputs and inputs gone as a group of three, what stays is the same.
func TestConvTransposeFollowsItsGroups(t *testing.T) {
	groups := func(g int) []*graph.Attr { return []*graph.Attr{graph.IntAttr("group", g)} }
	x, w, b := ramp(1, 1, 6, 2), ramp(-5, 6, 2, 2), ramp(0, 6)
	full := applied{op: "ConvTranspose", attrs: groups(3), in: []*graph.Tensor{x, w, b}}
	live := []bool{true, true, false, false, true, true} // inputs and outputs: 3 groups of 2
	cut := applied{op: "ConvTranspose", attrs: groups(3), in: []*graph.Tensor{keep(x, 1, live), keep(w, 0, live), keep(b, 0, live)}}

	n := full.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	rules, err := op.Lookup(n).Couple(n)
	if err != nil {
		t.Fatal(err)
	}
	g, rest := op.VirtualAxis(0), op.VirtualAxis(1)
	for _, want := range []op.Product{{A: []op.Axis{op.Out(0, 1)}, B: []op.Axis{g, op.In(1, 1)}}, {A: []op.Axis{op.In(1, 0)}, B: []op.Axis{g, rest}}} {
		if !slices.ContainsFunc(rules.Product, func(p op.Product) bool { return slices.Equal(p.A, want.A) && slices.Equal(p.B, want.B) }) {
			t.Errorf("want %v among the products, have %v", want, rules.Product)
		}
	}
	kept := func(a op.Axis) []int {
		if a == g {
			return []int{0, 2}
		}
		return nil
	}
	resized := cut.node(t, true)
	if err := op.Lookup(resized).Resize(resized, kept); err != nil {
		t.Fatal(err)
	}
	cut.attrs = resized.Attrs
	y, err := full.eval(t)
	if err != nil {
		t.Fatal(err)
	}
	z, err := cut.eval(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := near(z[0], keep(y[0], 1, live), op.Exact); err != nil {
		t.Error(err)
	}
}

func TestConvTransposeCost(t *testing.T) {
	c := applied{op: "ConvTranspose", attrs: []*graph.Attr{graph.IntAttr("group", 2), graph.IntsAttr("strides", 2, 2)},
		in: []*graph.Tensor{ramp(0, 1, 4, 5, 5), ramp(0, 4, 3, 2, 2)}}
	n := c.node(t, true)
	if err := op.Infer(n); err != nil {
		t.Fatal(err)
	}
	// Each of 4*25 inputs meets 3 channels of its group at 4 kernel positions.
	if have := op.Lookup(n).Cost(n).MACs; !have.Is(4 * 25 * 3 * 4) {
		t.Errorf("want %d, have %v", 4*25*3*4, have)
	}
}
