package simplify_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/runtime"
)

// Indices that are made of ranges are folded, and unfolded again; what the file had stays.
func TestUnfold(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[8,40] x, float[8,20] u) => (float[8,40] y)
<int64 zero = {0}, int64 one = {1}, int64 two = {2}, int64 rows = {8}, int64 cols = {40}, int64[2] shape = {8, 20}, int64[2] down = {8, 1}, int64[1] last = {-1}>
{
   r = Range(zero, rows, one)
   rr = Reshape(r, down)
   re = Expand(rr, shape)
   c = Range(one, cols, two)
   ce = Expand(c, shape)
   ru = Unsqueeze(re, last)
   cu = Unsqueeze(ce, last)
   at = Concat<axis = -1>(ru, cu)
   y = ScatterND(x, at, u)
}`)
	if err != nil {
		t.Fatal(err)
	}
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 8, 40), "u": graph.NewTensor(graph.Float32, 8, 20)}
	for i := range 160 {
		graph.Data[float32](feeds["u"])[i] = float32(i + 1)
	}
	want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
	if err != nil {
		t.Fatal(err)
	}
	if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
		t.Fatal(err)
	}
	if len(m.Graph.Nodes) != 1 || m.Graph.Value("at").Const.Bytes() != 8*20*2*8 {
		t.Fatalf("folded to\n%s", m.Text())
	}
	given, _ := m.Clone()
	if saved, err := simplify.Unfold(given, map[string]bool{"at": true}); err != nil || saved != 0 || len(given.Graph.Nodes) != 1 {
		t.Errorf("a constant of the file: saved %d, %v", saved, err)
	}
	saved, err := simplify.Unfold(m, nil)
	if err != nil || m.Check() != nil {
		t.Fatal(err, m.Check())
	}
	left := int64(0)
	for _, v := range m.Graph.Initializers {
		left += v.Const.Bytes()
	}
	if left > 8*28+200 || saved < 2000 {
		t.Errorf("saved %d, left %d:\n%s", saved, left, m.Text())
	}
	have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
	if err != nil {
		t.Fatal(err)
	}
	if abs, _, err := runtime.Diff(want["y"], have["y"]); err != nil || abs != 0 {
		t.Errorf("differs by %g, %v", abs, err)
	}
}

// What repeats is written once, along whichever axes; what does not stays.
func TestUnfoldWhatRepeats(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    func(i, j, k int) float32
		nodes int
	}{
		{"one number", func(_, _, _ int) float32 { return 3 }, 2},
		{"along the first axis", func(_, j, k int) float32 { return float32(17*j + k) }, 2},
		{"along the last", func(i, j, _ int) float32 { return float32(7*i + j) }, 2},
		{"along the middle", func(i, _, k int) float32 { return float32(11*i + k) }, 2},
		{"nowhere", func(i, j, k int) float32 { return float32(100*i + 10*j + k) }, 1},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (float[7,8,9] x, float[7,8,9] w) => (float[7,8,9] y) { y = Add(x, w) }`)
		if err != nil {
			t.Fatal(err)
		}
		w := graph.NewTensor(graph.Float32, 7, 8, 9)
		for i := range 7 * 8 * 9 {
			graph.Data[float32](w)[i] = c.at(i/72, i/9%8, i%9)
		}
		v := m.Graph.Value("w")
		m.Graph.Inputs = m.Graph.Inputs[:1]
		m.Graph.SetConst(v, w)
		if _, err := simplify.Unfold(m, nil); err != nil || m.Check() != nil || len(m.Graph.Nodes) != c.nodes {
			t.Errorf("%s: %v, %v, %d nodes", c.name, err, m.Check(), len(m.Graph.Nodes))
		}
		y, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 7, 8, 9)})
		if err != nil {
			t.Fatal(err)
		}
		if abs, _, err := runtime.Diff(w, y["y"]); err != nil || abs != 0 {
			t.Errorf("%s: differs by %g, %v", c.name, abs, err)
		}
	}
}
