package output

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Weights become halves that their readers read through one Cast; single numbers, integers and what halves cannot hold stay.
func TestWeightsAsHalves(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,2] y)
<float[2,2] w = {1, 0.1, -0.3, 2}, float[2] b = {70000, 1}, float s = {0.1}, int64[2] shape = {-1, 2}>
{ h = MatMul(x, w)  k = MatMul(h, w)  c = Add(k, b)  d = Mul(c, s)  y = Reshape(d, shape) }`)
	if err != nil {
		t.Fatal(err)
	}
	h, err := WeightsAsHalves(m)
	if err != nil {
		t.Fatal(err)
	}
	if h.Tensors != 1 || !slices.Equal(h.Wide, []string{"b"}) {
		t.Errorf("have %+v", h)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	w := m.Graph.Value("w")
	if w.Const.DType() != graph.Float16 || len(w.Uses()) != 1 || w.Uses()[0].Node.Op != "Cast" || len(w.Uses()[0].Node.Out(0).Uses()) != 2 {
		t.Errorf("w is %v with readers %v", w.Const.DType(), w.Uses())
	}
}
