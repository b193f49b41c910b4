package graph

import "testing"

func TestCheckFindsEveryBrokenInvariant(t *testing.T) {
	const text = `g (bool c, float[2] x, float[2] d = {5, 6}) => (float[2] y) <float[2] w = {1, 2}> {
		a = Add(x, w)
		b = If(c)<then_branch = t () => (o) { o = Relu(a) }>
		y = Mul(b, d)
	}`
	for _, c := range []struct {
		name  string
		smash func(m *Model, g *Graph)
		want  string
	}{
		{"no graph", func(m *Model, _ *Graph) { m.Graph = nil }, "model has no graph"},
		{"an initializer without contents", func(_ *Model, g *Graph) { g.Value("w").Const = nil }, `initializer "w" has no contents`},
		{"contents of another type", func(_ *Model, g *Graph) { g.Value("w").Type.DType = Int32 }, `initializer "w": declared int32, holds float`},
		{"a node of another graph", func(_ *Model, g *Graph) { g.Nodes[0].graph = New("other") }, "belongs to another graph"},
		{"an order that does not run", func(_ *Model, g *Graph) { g.Nodes[1], g.Nodes[2] = g.Nodes[2], g.Nodes[1] }, `input 0 "b" is read before anything computes it`},
		{"a subgraph before what it reads", func(_ *Model, g *Graph) { g.Nodes[0], g.Nodes[1] = g.Nodes[1], g.Nodes[0] }, `a subgraph reads "a" before anything computes it`},
		{"a use that is not known", func(_ *Model, g *Graph) { g.Value("x").uses = nil }, `input 0 "x" does not know of this use`},
		{"a use that is none", func(_ *Model, g *Graph) {
			g.Value("x").uses = append(g.Value("x").uses, Use{g.Nodes[2], 0})
		}, `value "x": stale use by "y" (Mul)`},
		{"a use by a removed node", func(_ *Model, g *Graph) { g.Value("x").uses = append(g.Value("x").uses, Use{&Node{}, 0}) }, `value "x": stale use`},
		{"another source", func(_ *Model, g *Graph) { g.Value("a").def = g.Nodes[2] }, `output 0 "a" names another node as its source`},
		{"another position", func(_ *Model, g *Graph) { g.Value("a").index = 1 }, `output 0 "a" names another node as its source`},
		{"two sources", func(_ *Model, g *Graph) { g.Nodes = append(g.Nodes, g.Nodes[2]) }, `output 0 "y" is computed twice`},
		{"an input that is computed", func(_ *Model, g *Graph) { g.AddInput(g.Value("a")) }, `output 0 "a" is computed twice`},
		{"an output that nothing computes", func(_ *Model, g *Graph) { g.Outputs = append(g.Outputs, g.Fresh("z")) }, `output "z": nothing computes it`},
		{"a value that nothing computes", func(_ *Model, g *Graph) { g.Fresh("z") }, `value "z": nothing computes it`},
		{"a changed name", func(_ *Model, g *Graph) { g.Value("a").Name = "z" }, `value "z" is not registered under its name`},
		{"an unregistered value", func(_ *Model, g *Graph) { delete(g.values, "d"); g.Fresh("d") }, ""},
		{"a subgraph under another node's graph", func(_ *Model, g *Graph) { g.Nodes[1].Subgraphs()[0].Outer = New("other") }, `subgraph "t" has another outer graph`},
		{"a broken subgraph", func(_ *Model, g *Graph) { g.Nodes[1].Subgraphs()[0].Fresh("z") }, `subgraph "t": value "z": nothing computes it`},
	} {
		m := parsed(t, text)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		c.smash(m, m.Graph)
		if err := m.Check(); err == nil {
			t.Errorf("%s: not found", c.name)
		} else {
			wantError(t, err, c.want)
		}
	}
}
