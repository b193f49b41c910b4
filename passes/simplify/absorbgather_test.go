package simplify_test

import (
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
	"github.com/pollard-dev/pollard/runtime"
)

// Channels that are put in another order, left out or repeated before constant weights read them are read where they are.
func TestGathersOfChannelsGoIntoWeights(t *testing.T) {
	for _, c := range []struct {
		name, text string
		gone       bool
	}{
		{"a permutation before a convolution", `(float[2,3,2,2] x) => (y) <int64[3] at = {2, 0, 1}, float[2,3,1,1] w = {1, 2, 3, 4, 5, 6}> { g = Gather<axis = 1>(x, at) r = Relu(g) y = Conv(r, w) }`, true},
		{"repeats before a product", `(float[2,3] x) => (y) <int64[4] at = {2, 0, -1, 2}, float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}> { g = Gather<axis = -1>(x, at) s = Sigmoid(g) y = MatMul(s, w) }`, true},
		{"some before a transposed Gemm", `(float[2,3] x) => (y) <int64[2] at = {2, 0}, float[2,2] w = {1, 2, 3, 4}> { g = Gather<axis = 1>(x, at) y = Gemm<transB = 1>(g, w) }`, true},
		{"read twice", `(float[2,3] x) => (y, z) <int64[2] at = {2, 0}, float[2,2] w = {1, 2, 3, 4}> { g = Gather<axis = 1>(x, at) y = MatMul(g, w) z = Neg(g) }`, false},
		{"of rows", `(float[2,3] x) => (y) <int64[2] at = {1, 0}, float[3,2] w = {1, 2, 3, 4, 5, 6}> { g = Gather<axis = 0>(x, at) y = MatMul(g, w) }`, false},
		{"in groups", `(float[2,4,2,2] x) => (y) <int64[4] at = {2, 0, 1, 3}, float[2,2,1,1] w = {1, 2, 3, 4}> { g = Gather<axis = 1>(x, at) y = Conv<group = 2>(g, w) }`, false},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g ` + c.text)
		if err != nil {
			t.Fatal(c.name, err)
		}
		x := m.Graph.Value("x")
		dims, _ := x.Type.Shape.Ints()
		in := graph.NewTensor(graph.Float32, dims...)
		for i := range in.Len() {
			graph.Data[float32](in)[i] = float32(i%7) - 3
		}
		feeds := map[string]*graph.Tensor{"x": in}
		want, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Fatal(c.name, err)
		}
		if gone := !strings.Contains(m.Text(), "Gather"); gone != c.gone {
			t.Errorf("%s: %s", c.name, m.Text())
		}
		have, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), m, feeds)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if abs, _, err := runtime.Diff(want["y"], have["y"]); err != nil || abs > 1e-5 {
			t.Errorf("%s: differs by %g, %v", c.name, abs, err)
		}
	}
}
