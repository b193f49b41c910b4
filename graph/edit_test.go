package graph

import (
	"slices"
	"strings"
	"testing"
)

// parsed is the model of a graph's text at opset 13.
func parsed(t *testing.T, text string) *Model {
	t.Helper()
	m, err := Parse(`<ir_version: 8, opset_import: ["" : 13]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// body is the text of m's nodes, one a line, without indents.
func body(m *Model) string {
	text := m.textWith(textOptions{noTypes: true})
	text = text[strings.Index(text, "{\n")+2:]
	return strings.ReplaceAll(strings.TrimSuffix(text, "}\n"), "   ", "")
}

func wantBody(t *testing.T, m *Model, want string) {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	if have := body(m); have != want {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
}

// wantError reports unless err says want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("have error %v, want one with %q", err, want)
	}
}

const chain = `g (float[4] x) => (float[4] y) { a = Relu(x) b = Neg(a) y = Add(a, b) }`

func TestReplaceUsesReachesSubgraphs(t *testing.T) {
	m := parsed(t, `g (bool c, float x, float z) => (y, x) { y = If(c)<then_branch = t () => (o) { o = Relu(x) }, else_branch = e () => (p) { p = Add(x, x) }> }`)
	g := m.Graph
	g.ReplaceUses(g.Value("x"), g.Value("z"))
	if n := len(g.Value("x").Uses()); n != 0 || len(g.Value("z").Uses()) != 3 {
		t.Errorf("x has %d uses and z %d, want 0 and 3", n, len(g.Value("z").Uses()))
	}
	if g.Outputs[1] != g.Value("x") {
		t.Error("an output was replaced: its name is the model's interface")
	}
	wantBody(t, m, "y = If(c)<then_branch = t () => (o) {\no = Relu(z)\n}, else_branch = e () => (p) {\np = Add(z, z)\n}>\n")
}

func TestReplaceOutputKeepsTheName(t *testing.T) {
	m := parsed(t, chain)
	g := m.Graph
	y, a := g.Value("y"), g.Value("a")
	if err := g.ReplaceOutput(y, a); err != nil {
		t.Fatal(err)
	}
	if g.Outputs[0] != a || a.Name != "y" || g.Value("y") != a || g.Value("a") != y {
		t.Errorf("output %q, formerly y is now %q", g.Outputs[0].Name, y.Name)
	}
	wantBody(t, m, "y = Relu(x)\nb = Neg(y)\na = Add(y, b)\n")
	wantError(t, g.ReplaceOutput(y, g.Value("b")), `"a" is not an output`)
	wantError(t, g.ReplaceOutput(a, g.Value("x")), "cannot take over output")
	wantError(t, g.ReplaceOutput(a, a), "cannot take over output")
}

func TestRemoveRefusesWhatIsUsed(t *testing.T) {
	m := parsed(t, chain)
	g := m.Graph
	a, b, y := g.Nodes[0], g.Nodes[1], g.Nodes[2]
	wantError(t, g.Remove(a), `output "a" is still used`)
	wantError(t, g.Remove(y), `output "y" is still used`)
	y.SetInput(1, g.Value("a"))
	if err := g.Remove(b); err != nil {
		t.Fatal(err)
	}
	if g.Value("b") != nil || b.Graph() != nil || len(g.Value("a").Uses()) != 2 {
		t.Errorf("b is left behind: %v, a is read %d times, want 2", g.Value("b"), len(g.Value("a").Uses()))
	}
	wantBody(t, m, "a = Relu(x)\ny = Add(a, a)\n")
	wantError(t, g.Remove(b), "is not in the graph")
}

func TestRemoveNodesTakesAChainAtOnce(t *testing.T) {
	m := parsed(t, `g (float x) => (y) { a = Relu(x) b = Neg(a) c = Add(a, b) y = Neg(x) }`)
	g := m.Graph
	dead := map[*Node]bool{g.Nodes[0]: true, g.Nodes[1]: true}
	wantError(t, g.RemoveNodes(dead), "is still used")
	dead[g.Nodes[2]] = true
	if err := g.RemoveNodes(dead); err != nil {
		t.Fatal(err)
	}
	if len(g.Value("x").Uses()) != 1 {
		t.Errorf("x is read %d times, want 1", len(g.Value("x").Uses()))
	}
	wantBody(t, m, "y = Neg(x)\n")
}

func TestRemovingANodeDropsTheUsesOfItsSubgraphs(t *testing.T) {
	m := parsed(t, `g (bool c, float x) => (z) { y = If(c)<then_branch = t () => (o) { o = If(c)<then_branch = u () => (q) { q = Neg(x) }> }> z = Relu(x) }`)
	if err := m.Graph.Remove(m.Graph.Nodes[0]); err != nil {
		t.Fatal(err)
	}
	if n := len(m.Graph.Value("x").Uses()); n != 1 {
		t.Errorf("x is read %d times, want 1", n)
	}
	wantBody(t, m, "z = Relu(x)\n")
}

func TestRemoveValue(t *testing.T) {
	m := parsed(t, `g (float x, float d = {1}) => (y, k) <float k = {2}, float w = {3}, float u = {4}> { y = Add(x, w) }`)
	g := m.Graph
	for name, want := range map[string]string{"y": "computed by a node", "w": "still used", "k": "still used", "d": "is an input"} {
		wantError(t, g.RemoveValue(g.Value(name)), want)
	}
	if err := g.RemoveValue(g.Value("u")); err != nil || g.Value("u") != nil || len(g.Initializers) != 3 {
		t.Errorf("have %v, %d initializers, want 3", err, len(g.Initializers))
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestNamesAreUnique(t *testing.T) {
	m := parsed(t, `g (bool c, float x) => (y) { y = If(c)<then_branch = t () => (w_1) { w_1 = Relu(x) }> }`)
	g := m.Graph
	_, err := g.NewValue("x")
	wantError(t, err, `duplicate value name "x"`)
	_, err = g.NewValue("")
	wantError(t, err, "needs a name")
	sub := g.Nodes[0].Subgraphs()[0]
	for _, c := range []struct {
		in         *Graph
		hint, want string
	}{
		{g, "x", "x_1"}, {g, "x", "x_2"}, {g, "", "v"},
		{g, "w_1", "w_1_1"}, // taken inside
		{sub, "x", "x_3"},   // taken around
	} {
		if have := c.in.Fresh(c.hint).Name; have != c.want {
			t.Errorf("fresh %q: have %q, want %q", c.hint, have, c.want)
		}
	}
}

func TestNewNodeRefusesASecondSource(t *testing.T) {
	m := parsed(t, `g (float x) => (y) <float w = {1}> { y = Add(x, w) }`)
	g := m.Graph
	twice := g.Fresh("z")
	for name, outs := range map[string][]*Value{
		"of a node's output": {g.Value("y")}, "of an input": {g.Value("x")},
		"of an initializer": {g.Value("w")}, "of itself": {twice, twice},
	} {
		if _, err := g.NewNode("Op", "", 13, nil, outs); err == nil {
			t.Errorf("a second source %s was accepted", name)
		}
	}
}

func TestInputsGrowAndShrink(t *testing.T) {
	m := parsed(t, chain)
	g := m.Graph
	n, x := g.Nodes[2], g.Value("x")
	n.SetInput(3, x)
	if len(n.Inputs()) != 4 || n.In(2) != nil || !slices.Contains(x.Uses(), Use{n, 3}) {
		t.Errorf("inputs %v, uses of x %v", n.Inputs(), x.Uses())
	}
	n.TruncateInputs(1)
	if len(n.Inputs()) != 1 || len(x.Uses()) != 1 || len(g.Value("b").Uses()) != 0 {
		t.Errorf("inputs %v, uses of x %v", n.Inputs(), x.Uses())
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func TestSetConstInputLeavesOtherReadersAlone(t *testing.T) {
	m := parsed(t, `g (float[2] x) => (y, z) <float[2] w = {1, 2}, float[2] v = {3, 4}> { a = Add(x, w) y = Mul(a, w) z = Mul(y, v) }`)
	g := m.Graph
	g.Nodes[0].SetConstInput(1, TensorOf([]float32{9}, 1))
	g.Nodes[2].SetConstInput(1, TensorOf([]float32{8}, 1))
	wantBody(t, m, "a = Add(x, w_1)\ny = Mul(a, w)\nz = Mul(y, v)\n")
	if Data[float32](g.Value("w").Const)[0] != 1 || Data[float32](g.Value("w_1").Const)[0] != 9 || Data[float32](g.Value("v").Const)[0] != 8 {
		t.Error("contents: want w as it was, 9 in w_1 and 8 in v, which had one reader")
	}
}

func TestMoveBefore(t *testing.T) {
	m := parsed(t, `g (float x) => (y) { a = Relu(x) b = Neg(x) y = Add(a, b) }`)
	m.Graph.MoveBefore(m.Graph.Nodes[1], m.Graph.Nodes[0])
	wantBody(t, m, "b = Neg(x)\na = Relu(x)\ny = Add(a, b)\n")
}
