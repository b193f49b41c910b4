package cut_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// The cut model computes the sum over the kept neurons, and the original is left alone.
func TestApplyKeepsTheSumOverKeptUnits(t *testing.T) {
	w, b, v := []float32{1, 2, 3, 4, -5, 6}, []float32{1, -1, 2}, []float32{7, 8, 9}
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,1] y)
<float[2,3] w = {1, 2, 3, 4, -5, 6}, float[3] b = {1, -1, 2}, float[3,1] v = {7, 8, 9}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	s, a, err := canonical.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Groups) != 1 {
		t.Fatalf("want 1 group, have %d", len(a.Groups))
	}
	kept := []int{0, 2}
	c, err := cut.Apply(t.Context(), s, a, &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: kept}})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{0.5, -1, 3, 2}
	out, err := runtime.Evaluator{}.Evaluate(t.Context(), c, map[string]*graph.Tensor{"x": graph.TensorOf(x, 2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	for i, have := range graph.Data[float32](out["y"]) {
		want := float32(0)
		for _, u := range kept {
			want += v[u] * max(0, x[2*i]*w[u]+x[2*i+1]*w[3+u]+b[u])
		}
		if have != want {
			t.Errorf("sample %d: want %g, have %g", i, want, have)
		}
	}
	if n := s.Graph.Value("w").Const.Len(); n != 6 {
		t.Errorf("the original lost weights: %d of 6 are left", n)
	}
}
