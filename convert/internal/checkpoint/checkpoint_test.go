package checkpoint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/checkpoint"
	"github.com/pollard-dev/pollard/graph"
)

// network is a network whose nodes, values and weights a test renames.
const network = `<ir_version: 8, opset_import: ["" : 17]> g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {1, 2, 3, 4, 5, 6}, float[3,2] v = {1, 2, 3, 4, 5, 6}, int64[2] shape = {-1, 3}>
{ h = MatMul(x, w)  r = Relu(h)  s = Reshape(r, shape)  y = MatMul(s, v) }`

func parse(t *testing.T, replace ...string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(strings.NewReplacer(replace...).Replace(network))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Values and nodes are paired by structure, under whatever names; the pairs lead to the other
// weights.
func TestPairFindsCounterparts(t *testing.T) {
	a, b := parse(t), parse(t, " w", " onnx_17", " h", " w", " r ", " a ", "(h", "(w", ", w)", ", onnx_17)", "(r,", "(a,", "{1, 2, 3, 4, 5, 6}, float[3,2]", "{9, 2, 3, 4, 5, 6}, float[3,2]")
	pairs, err := checkpoint.Pair(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range a.Graph.Nodes { // both list their nodes in one order
		if pairs.Nodes[n] != b.Graph.Nodes[i] {
			t.Errorf("node %s is paired with %v", n.Label(), pairs.Nodes[n])
		}
	}
	w := a.Graph.Value("w")
	if have := pairs.Values[w]; have == nil || have.Name != "onnx_17" {
		t.Errorf("weight w is paired with %v", have)
	}
	if have := graph.Data[float32](pairs.Contents()[w]); !slices.Equal(have, []float32{9, 2, 3, 4, 5, 6}) {
		t.Errorf("weight w holds %v in the other", have)
	}
}

// Weights may differ in value alone; everything else that differs is named.
func TestPairRefusesAnotherNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		replace []string
		want    string
	}{
		"another operator": {[]string{"Relu", "Abs"}, "is Relu of opset"},
		"another integer":  {[]string{"{-1, 3}", "{1, 3}"}, `constant "shape": holds different`},
		"another shape":    {[]string{"float[3,2] v = {1, 2, 3, 4, 5, 6}", "float[3,1] v = {1, 2, 3}"}, `constant "v"`},
		"another input":    {[]string{" x)", " z)", "(x,", "(z,"}, `input "x" of the original is missing`},
		"another output":   {[]string{"(float[N,2] y)", "(float[N,2] q)", " y =", " q ="}, `output "y" of the original is missing`},
		"a computed one":   {[]string{"MatMul(s, v)", "MatMul(s, u)", " h =", " u = Neg(v)  h ="}, `constant, but "u" is computed`},
	} {
		_, err := checkpoint.Pair(parse(t), parse(t, c.replace...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, have %v", name, c.want, err)
		}
	}
}
