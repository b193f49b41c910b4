package simplify_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/runtime"
)

// Before opset 7 an attribute named the axis that a bias is added along. It is added there, of constants and of computed values, and the
// file says so again.
func TestBroadcastsAlongANamedAxis(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 3, opset_import: ["" : 6]>
g (float[2,3,2,2] x, float[3] k) => (float[2,3,2,2] y) <float[3] b = {1, 2, 3}> { a = Add<axis = 1, broadcast = 1>(x, b) n = Neg(k) y = Mul<axis = 1, broadcast = 1>(a, n) }`)
	if err != nil {
		t.Fatal(err)
	}
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 2, 3, 2, 2), "k": graph.TensorOf([]float32{-1, -10, -100}, 3)}
	check := func(what string, m *graph.Model) {
		t.Helper()
		out, err := runtime.Evaluator{}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatal(what, err)
		}
		for i, y := range graph.Data[float32](out["y"]) {
			if want := []float32{1, 20, 300}[i/4%3]; y != want {
				t.Errorf("%s: element %d: want %v, have %v", what, i, want, y)
			}
		}
	}
	check("as it was read", m)
	s, _ := m.Clone()
	if err := passes.Run(t.Context(), s, simplify.All()); err != nil {
		t.Fatal(err)
	}
	check("simplified", s)
	if err := op.UnalignBroadcasts(s.Graph); err != nil || s.Check() != nil {
		t.Fatal(err, s.Check())
	}
	check("with the axis again", s)
	for _, n := range s.Graph.Nodes {
		if n.Op != "Neg" && (n.Int("axis", -1) != 1 || len(n.In(1).Type.Shape) != 1) {
			t.Errorf("%s reads %v along %d", n.Label(), n.In(1).Type, n.Int("axis", -1))
		}
	}
	if len(s.Graph.Nodes) != 3 {
		t.Errorf("%s", s.Text())
	}
}
