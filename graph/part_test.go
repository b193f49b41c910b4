package graph

import (
	"slices"
	"strings"
	"testing"
)

const wholeText = `<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x, bool c) => (float[N,2] z)
<float[2] w = {1, 2}>
{
  a = Mul(x, w)
  b = Relu(a)
  d = If<then_branch: graph = t () => (p) { p = Add(b, w) }, else_branch: graph = e () => (q) { q = Neg(a) }>(c)
  z = Add(d, x)
}`

// A part reads what others compute, constants go with it, and graphs inside read the copies.
func TestPart(t *testing.T) {
	m, err := Parse(wholeText)
	if err != nil {
		t.Fatal(err)
	}
	g := m.Graph
	part, copies, err := m.Part(g.Nodes[1:3], []*Value{g.Value("d")})
	if err != nil {
		t.Fatal(err)
	}
	names := func(vs []*Value) (all []string) {
		for _, v := range vs {
			all = append(all, v.Name)
		}
		return all
	}
	p := part.Graph
	if have := names(p.Inputs); !slices.Equal(have, []string{"a", "c"}) {
		t.Errorf("inputs %v, want a and c", have)
	}
	if have := names(p.Initializers); !slices.Equal(have, []string{"w"}) || p.Value("w").Const != g.Value("w").Const {
		t.Errorf("constants %v, want w, shared", have)
	}
	if len(p.Nodes) != 2 || !slices.Equal(names(p.Outputs), []string{"d"}) || copies[g.Value("b")] != p.Value("b") {
		t.Errorf("have %d nodes and outputs %v", len(p.Nodes), names(p.Outputs))
	}
	inner := p.Nodes[1].Subgraphs()[0].Nodes[0]
	if inner.In(0) != p.Value("b") || inner.In(1) != p.Value("w") {
		t.Error("a graph inside reads values of the whole")
	}
	if len(g.Value("b").Uses()) != 1 || len(g.Nodes) != 4 {
		t.Error("the whole was changed")
	}
	if _, _, err := m.Part(g.Nodes[1:2], []*Value{g.Value("z")}); err == nil || !strings.Contains(err.Error(), `"z" is not computed`) {
		t.Errorf("have error %v", err)
	}
	if _, _, err := m.Part([]*Node{g.Nodes[1], g.Nodes[0]}, nil); err == nil || !strings.Contains(err.Error(), "before it is computed") {
		t.Errorf("have error %v", err)
	}
}
