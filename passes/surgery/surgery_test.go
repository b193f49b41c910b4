package surgery_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

// In both networks one of the hidden units goes. Zeroing it where it is made would be
// wrong: Sigmoid(0) is a half, and a mean counts zeroes.
var networks = map[string]string{
	"sigmoid behind the unit": `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {3, 1, 1, 4, 2, 5}, float[3] b = {1, 2, 3}, float[3,2] v = {1, 2, 3, 4, 5, 6}>
{ h = Gemm(x, w, b)  s = Sigmoid(h)  y = Gemm(s, v) }`,
	"a mean over the units": `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {3, 1, 1, 4, 2, 5}, float[3] scale = {1, 2, 3}, float[3] b = {1, 1, 1}, float[3,2] v = {1, 2, 3, 4, 5, 6}>
{ h = MatMul(x, w)  s = LayerNormalization(h, scale, b)  y = MatMul(s, v) }`,
}

func TestCutIsMask(t *testing.T) {
	for name, text := range networks {
		m, err := graph.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		a, err := group.Find(m)
		if err != nil || len(a.Groups) != 1 {
			t.Fatalf("%s: %v, groups %v", name, err, a.Groups)
		}
		plan := &group.Plan{Kept: map[*group.Group][]int{a.Groups[0]: {0, 2}}}
		cut, err := surgery.Cut(m, a, plan)
		if err != nil {
			t.Fatal(err)
		}
		masked, err := surgery.Mask(m, a, plan)
		if err != nil {
			t.Fatal(err)
		}
		if w := cut.Graph.Value("w").Const; w.Shape()[1] != 2 || graph.Data[float32](w)[1] != 1 {
			t.Errorf("%s: w was cut to %v", name, w.Shape())
		}
		if m.Graph.Value("w").Const.Shape()[1] != 3 {
			t.Errorf("%s: the original was changed", name)
		}
		feeds := map[string]*graph.Tensor{"x": graph.TensorOf([]float32{0.3, -0.2, 0.1, 0.9}, 2, 2)}
		out := map[string]*graph.Tensor{}
		for kind, model := range map[string]*graph.Model{"cut": cut, "masked": masked, "original": m} {
			y, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), model, feeds)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, kind, err)
			}
			out[kind] = y["y"]
		}
		if abs, _, err := runtime.Diff(out["cut"], out["masked"]); err != nil || abs > 1e-5 {
			t.Errorf("%s: cut and mask differ by %g (%v)", name, abs, err)
		}
		if abs, _, _ := runtime.Diff(out["cut"], out["original"]); abs < 0.1 {
			t.Errorf("%s: the unit made no difference", name)
		}
	}
}
