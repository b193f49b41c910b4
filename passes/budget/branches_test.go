package budget_test

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
)

// What is inside a branch counts towards the whole, of which a budget is a fraction, although nothing
// there is cut.
func TestWeightsAndWorkInsideBranchesCount(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x, bool c) => (y) <float[2,2] w = {1,2,3,4}> {
  h = MatMul(x, w)
  y = If<then_branch = then () => (float[N,3] a) <float[2,3] v = {1,2,3,4,5,6}> { a = MatMul(h, v) }, else_branch = other () => (float[N,2] b) { b = Relu(h) }>(c)
}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	a, err := group.FindContext(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := budget.NewCostModel(m, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := c.Base(); b.Params != 4+6 || b.Bytes != 4*(4+6) || b.MACs != 4+6 {
		t.Errorf("have %+v", b)
	}
}
