package proof_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func parsed(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse("<ir_version: 8, opset_import: [\"\" : 13]>\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A pass that changed what the model computes is noticed, but a decision that falls differently on
// the last bit is not a failure.
func TestSimplifiedComparesWithTheOriginal(t *testing.T) {
	feeds := map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2, 3, 4}, 1, 4)}
	chosen := func(w, nudge string) string {
		return `g (float[N,4] x) => (int64[N,1] y) <float[4] w = {` + w + `}, float[4] d = {` + nudge + `}, int64[1] k = {1}>
		{ a = Mul(x, w)  s = Add(a, d)  v, y = TopK(s, k) }`
	}
	for _, c := range []struct {
		name, original, simplified string
		same                       bool
	}{
		{"the same", chosen("1, 1, 1, 1", "0, 0, 0, 0"), chosen("1, 1, 1, 1", "0, 0, 0, 0"), true},
		{"a tie that falls otherwise", chosen("4, 2, 1, 1", "0, 0, 0, 0"), chosen("4, 2, 1, 1", "0, 0.00001, 0, 0"), true},
		{"other scores", chosen("4, 2, 1, 1", "0, 0, 0, 0"), chosen("4, 2, 1, 2", "0, 0, 0, 0"), false},
		{"another sum", `g (float[N,4] x) => (float[N,4] y) <float b = {1}> { y = Add(x, b) }`, `g (float[N,4] x) => (float[N,4] y) <float b = {1.1}> { y = Add(x, b) }`, false},
	} {
		a, b := parsed(t, c.original), parsed(t, c.simplified)
		for _, m := range []*graph.Model{a, b} {
			if err := op.InferGraph(m.Graph); err != nil {
				t.Fatal(err)
			}
		}
		rel, known, err := proof.Simplified(t.Context(), a, b, feeds, 1)
		if err != nil || !known || (rel <= proof.Tolerance) != c.same {
			t.Errorf("%s: differ by %g, known %v, %v", c.name, rel, known, err)
		}
	}
}
