package linear_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
)

// A product is a diagonal map where its constant differs along one axis and is repeated over the others.
func TestProductsWithAVectorAreDiagonal(t *testing.T) {
	for _, c := range []struct {
		name, vector, product string
		axis, operand         int // axis -1: no map
		bias                  bool
	}{
		{"last axis", "float[5] w = {1, 2, 3, 4, 5}", "m = Mul(x, w)", 3, 0, false},
		{"vector first", "float[5] w = {1, 2, 3, 4, 5}", "m = Mul(w, x)", 3, 1, false},
		{"channels", "float[3,1,1] w = {1, 2, 3}", "m = Mul(x, w)", 1, 0, false},
		{"channels, all axes", "float[1,3,1,1] w = {1, 2, 3}", "m = Mul(w, x)", 1, 1, false},
		{"rows", "float[4,1] w = {1, 2, 3, 4}", "m = Mul(x, w)", 2, 0, false},
		{"with a bias", "float[3,1,1] w = {1, 2, 3}, float[1,3,1,1] b = {1, 2, 3}", "p = Mul(x, w) m = Add(b, p)", 1, 0, true},
		{"bias along another axis", "float[3,1,1] w = {1, 2, 3}, float[5] b = {1, 2, 3, 4, 5}", "p = Mul(x, w) m = Add(b, p)", 1, 0, false},
		{"scalar", "float w = {2}", "m = Mul(x, w)", -1, 0, false},
		{"one number", "float[1] w = {2}", "m = Mul(x, w)", -1, 0, false},
		{"two axes", "float[4,5] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}", "m = Mul(x, w)", -1, 0, false},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[2,3,4,5] x) => (float[2,3,4,5] y) <` + c.vector + `> { ` + c.product + ` y = Relu(m) }`)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := op.InferGraph(m.Graph); err != nil {
			t.Fatal(err)
		}
		l := linear.Of(m.Graph.Nodes[0])
		if l == nil || c.axis < 0 {
			if l != nil || c.axis >= 0 {
				t.Errorf("%s: have %+v", c.name, l)
			}
			continue
		}
		if l.In != c.axis || l.Out != c.axis || l.Operand != c.operand || l.HasBias != c.bias || l.Opaque ||
			l.Groups != []int{2, 3, 4, 5}[c.axis] || l.Outs*l.Cols != 1 {
			t.Errorf("%s: have %+v", c.name, l)
		}
		check(t, c.name, m, l)
	}
	// Here x is repeated, not the vector.
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
net (float[2,1] x) => (float[2,5] y) <float[5] w = {1, 2, 3, 4, 5}> { m = Mul(x, w) y = Relu(m) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	if l := linear.Of(m.Graph.Nodes[0]); l != nil {
		t.Errorf("x repeated: have %+v", l)
	}
}
