package simplify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// A sample rate that decides between two networks, as in detectors of speech: once it is set, one of them is left.
func TestSetInputFoldsWhatDependsOnIt(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x, int64 sr) => (float[N,3] y) <int64 fast = {16000}, float[2,3] w = {1, 2, 3, 4, 5, 6}, float[2,3] u = {6, 5, 4, 3, 2, 1}>
{ q = Equal(sr, fast) y = If(q) <then_branch = t () => (float[N,3] o) { o = MatMul(x, w) }, else_branch = e () => (float[N,3] p) { p = MatMul(x, u) }> }`
	for value, weights := range map[string]string{"16000": "w", "8000": "u"} {
		m, err := graph.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := simplify.SetInput(m, "sr", value); err != nil {
			t.Fatal(err)
		}
		if err := passes.Run(t.Context(), m, simplify.All()); err != nil {
			t.Fatal(err)
		}
		if len(m.Graph.Inputs) != 1 || len(m.Graph.Nodes) != 1 || m.Graph.Nodes[0].In(1) != m.Graph.Value(weights) {
			t.Errorf("at %s: %s", value, m.Text())
		}
	}
}

func TestSetInputParsesValues(t *testing.T) {
	for _, c := range []struct{ input, value, want string }{
		{"int64 k", "16000", ""},
		{"int64[1] k", "16000", ""},
		{"int8 k", "-128", ""},
		{"int8 k", "128", `set: input "k": want a number of type int8, have "128"`},
		{"uint8 k", "255", ""},
		{"uint8 k", "-1", `have "-1"`},
		{"bool k", "true", ""},
		{"bool[2] k", "true,false", ""},
		{"bool k", "yes", "want true or false"},
		{"float k", "0.5", ""},
		{"float k", "fast", `want a number, have "fast"`},
		{"float16[2] k", "0.5", ""},
		{"float[3] k", "1,2", "want one number or 3, as in float[3], have 2"},
		{"float[N] k", "1,2,3", ""},
		{"float[N,M] k", "1", "at most one extent"},
		{"string k", "en", ""},
		{"float[4096,4096] k", "1", "want at most 1048576 elements"},
	} {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (` + c.input + `, float[2] x) => (y) { y = Neg(x) }`)
		if err != nil {
			t.Fatal(c.input, err)
		}
		err = simplify.SetInput(m, "k", c.value)
		switch {
		case c.want == "" && (err != nil || len(m.Graph.Inputs) != 1 || !m.Graph.Value("k").IsConstant() || m.Check() != nil):
			t.Errorf("%s = %s: %v, %v", c.input, c.value, err, m.Check())
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s = %s: want %q, have %v", c.input, c.value, c.want, err)
		}
	}
	m, _ := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]> g (int32[3] k, float[N] f, float[2] x) => (y) { y = Neg(x) }`)
	if err := simplify.SetInput(m, "k", "1,-2,3"); err != nil {
		t.Fatal(err)
	}
	if have, _ := graph.Ints(m.Graph.Value("k").Const); !slices.Equal(have, []int64{1, -2, 3}) {
		t.Errorf("have %v", have)
	}
	if err := simplify.SetInput(m, "z", "1"); err == nil || err.Error() != `set: want the name of an input, one of f, x; "z" is none` {
		t.Errorf("have %v", err)
	}
}
