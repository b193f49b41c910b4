package simplify

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/runtime"
)

// Zeros around planes go into the convolutions behind them, and the outputs stay as they are. A Pad
// that does anything else, or that others read too, stays.
func TestZerosAroundPlanesAreMerged(t *testing.T) {
	const w = `, float[2,3,3,3] w_1`
	for _, c := range []struct {
		name, nodes string
		pads        []int // of the first Conv; nil if the Pad stays
	}{
		{"before a convolution without padding", `<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad(x, p)  y = Conv(a, w_1) }`, []int{1, 0, 2, 1}},
		{"before one that pads", `<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad(x, p)  y = Conv<pads = [1, 1, 0, 1]>(a, w_1) }`, []int{2, 1, 2, 2}},
		{"VALID", `<int64[8] p = {0,0,1,1,0,0,1,1}> { a = Pad(x, p)  y = Conv<auto_pad = "VALID", strides = [2, 2]>(a, w_1) }`, []int{1, 1, 1, 1}},
		{"another number", `<int64[8] p = {0,0,1,0,0,0,2,1}, float o = {1}> { a = Pad(x, p, o)  y = Conv(a, w_1) }`, nil},
		{"the edge", `<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad<mode = "edge">(x, p)  y = Conv(a, w_1) }`, nil},
		{"SAME", `<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad(x, p)  y = Conv<auto_pad = "SAME_UPPER">(a, w_1) }`, nil},
		{"cropping", `<int64[8] p = {0,0,-1,0,0,0,2,1}> { a = Pad(x, p)  y = Conv(a, w_1) }`, nil},
		{"another reader", `<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad(x, p)  b = Conv(a, w_1)  c = Conv(a, w_1)  r = Relu(a)  y = Add(b, c) }`, nil},
	} {
		m := model(t, `g (float[N,3,8,7] x`+w+`) => (float[N,2,A,B] y) `+c.nodes)
		feeds := fixtures.Feeds(m, 2)
		want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := passes.Run(t.Context(), m, []passes.Pass{Infer, foldConstants(), fusePad, Infer}); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		stays := slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Op == "Pad" })
		if stays != (c.pads == nil) {
			t.Errorf("%s: the Pad stays: %v", c.name, stays)
		}
		at := slices.IndexFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Op == "Conv" })
		if have := m.Graph.Nodes[at].Ints("pads"); c.pads != nil && !slices.Equal(have, c.pads) {
			t.Errorf("%s: want pads %v, have %v", c.name, c.pads, have)
		}
		have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		x, _ := graph.Floats(want["y"])
		y, _ := graph.Floats(have["y"])
		if !slices.Equal(x, y) {
			t.Errorf("%s: the output changes", c.name)
		}
	}
}

// Every reader takes the zeros, or none does.
func TestZerosForSeveralConvolutions(t *testing.T) {
	m := model(t, `g (float[N,3,8,7] x, float[2,3,3,3] w_1) => (float[N,2,A,B] y)
<int64[8] p = {0,0,1,0,0,0,2,1}> { a = Pad(x, p)  b = Conv(a, w_1)  c = Conv<pads = [0, 0, 0, 0]>(a, w_1)  y = Add(b, c) }`)
	if err := passes.Run(t.Context(), m, []passes.Pass{Infer, foldConstants(), fusePad}); err != nil {
		t.Fatal(err)
	}
	for _, n := range m.Graph.Nodes {
		if n.Op == "Pad" || n.Op == "Conv" && !slices.Equal(n.Ints("pads"), []int{1, 0, 2, 1}) {
			t.Errorf("have %s with pads %v", n.Op, n.Ints("pads"))
		}
	}
}
