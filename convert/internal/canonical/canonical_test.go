package canonical_test

import (
	"math"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/graph"
)

func parse(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Shape arithmetic folds, the group behind it is found, and the model itself stays as it was.
func TestSimplify(t *testing.T) {
	m := parse(t, `g (float[N,2] x) => (float[N,1] y)
<float[2,3] w = {1, 2, 3, 4, 5, 6}, float[3,1] v = {7, 8, 9}, int64[1] a = {1}, int64[1] b = {2}>
{ h = MatMul(x, w)  one = Sub(b, a)  r = Unsqueeze(h, one)  s = Squeeze(r, one)  y = MatMul(s, v) }`)
	before := len(m.Graph.Nodes)
	s, a, err := canonical.Simplify(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Groups) != 1 || a.Groups[0].Units != 3 {
		t.Errorf("want a group of 3 units, have %v", a.Groups)
	}
	for _, n := range s.Graph.Nodes {
		if n.Op == "Sub" {
			t.Error("the axis is not folded")
		}
	}
	if len(m.Graph.Nodes) != before {
		t.Errorf("the model itself went from %d nodes to %d", before, len(m.Graph.Nodes))
	}
}

// The first NaN is named by its position. Single elements may be
// NaN: exporters pad with them.
func TestCheckWeights(t *testing.T) {
	m := parse(t, `g (float[2,2] x) => (float[2,2] y) <float[2,2] w = {1, 2, 3, 4}, float s = {1}> { y = Mul(x, w)  z = Mul(x, s) }`)
	if err := canonical.CheckWeights(m); err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	m.Graph.SetConst(m.Graph.Value("s"), graph.TensorOf([]float32{nan}))
	if err := canonical.CheckWeights(m); err != nil {
		t.Errorf("a scalar: %v", err)
	}
	m.Graph.SetConst(m.Graph.Value("w"), graph.TensorOf([]float32{1, 2, nan, nan}, 2, 2))
	if err := canonical.CheckWeights(m); err == nil || !strings.Contains(err.Error(), `initializer "w": element [1 0] is NaN`) {
		t.Errorf("have %v", err)
	}
}
