package graph

import "testing"

func TestACloneIsTheSameAndApart(t *testing.T) {
	m := parsed(t, `g (bool c, float[N,2] x, float[2] d = {5, 6}) => (y, x) <float[2] w = {1, 2}, float[N,2] a> {
		[first] a, "" = Split<axis = 1, split = [1, 1], f = [0.5], s = ["t"], value = float {1}>(x, , w)
		y = If(c)<then_branch = t () => (o) { o = Add(a, d) }, others = [u () => (x) {}, v () => (p) { p = Relu(x) }]>
	}`)
	m.Metadata = []Property{{"k", "v"}}
	before := m.Text()
	c, values := m.Clone()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if err := Diff(m, c); err != nil {
		t.Fatal(err)
	}
	if have := values[m.Graph.Value("a")]; have != c.Graph.Value("a") {
		t.Errorf("the copy of a is %v", have)
	}
	inner := m.Graph.Nodes[1].Subgraphs()[0].Value("o")
	if have := values[inner]; have == nil || have == inner || have.Graph().Outer != c.Graph {
		t.Errorf("the copy of a subgraph's value is %v", have)
	}
	if c.Graph.Value("w").Const != m.Graph.Value("w").Const {
		t.Error("tensors are copied: they are never written, and large")
	}
	g := c.Graph
	g.Nodes[0].Attr("split").Ints[0] = 7
	g.Nodes[0].Attr("f").Floats[0] = 7
	g.Nodes[0].Attr("s").Strings[0] = "z"
	g.Nodes[0].SetInput(1, g.Value("d"))
	g.Value("a").Type.Shape[1] = Size(7)
	g.Nodes[1].Subgraphs()[0].Nodes[0].SetInput(0, g.Value("w"))
	g.SetConst(g.Value("w"), NewTensor(Float32, 1))
	c.Opsets["com.x"], c.Metadata[0].Value = 1, "z"
	if m.Text() != before {
		t.Errorf("changing the copy changed the original:\n%s\n%s", before, m.Text())
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	wantError(t, Diff(m, c), "opsets")
}

func TestDiffSeesEveryChange(t *testing.T) {
	const text = `g (bool c, float[N,2] x, float[2] d = {5, 6}) => (y, x) <float[2] w = {1, 2}, float[N,2] a> {
		[first] a = Op<i = 1, f = 0.5, s = "s", is = [1, 2], fs = [0.5], ss = ["t"], t = float {1}, ts = [float {1}]>(x, , w)
		y = If(c)<then_branch = t () => (o) { o = Add(a, d) }, others = [v () => (p) { p = Relu(x) }]>
	}`
	if err := Diff(parsed(t, text), parsed(t, text)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(m *Model, g *Graph, n *Node){
		"IR version":     func(m *Model, _ *Graph, _ *Node) { m.IRVersion++ },
		"opset":          func(m *Model, _ *Graph, _ *Node) { m.Opsets[""]++ },
		"metadata":       func(m *Model, _ *Graph, _ *Node) { m.Metadata = []Property{{"a", "b"}} },
		"graph":          func(m *Model, _ *Graph, _ *Node) { m.Graph = nil },
		"graph name":     func(_ *Model, g *Graph, _ *Node) { g.Name = "h" },
		"input type":     func(_ *Model, g *Graph, _ *Node) { g.Value("x").Type.Shape[0] = Unknown },
		"unranked":       func(_ *Model, g *Graph, _ *Node) { g.Value("x").Type.Shape = nil },
		"value type":     func(_ *Model, g *Graph, _ *Node) { g.Value("a").Type.DType = Int8 },
		"contents":       func(_ *Model, g *Graph, _ *Node) { g.SetConst(g.Value("w"), TensorOf([]float32{1, 3}, 2)) },
		"outputs":        func(_ *Model, g *Graph, _ *Node) { g.Outputs = g.Outputs[:1] },
		"nodes":          func(_ *Model, g *Graph, _ *Node) { g.Nodes = g.Nodes[:1] },
		"node name":      func(_ *Model, _ *Graph, n *Node) { n.Name = "z" },
		"version":        func(_ *Model, _ *Graph, n *Node) { n.Version++ },
		"domain":         func(_ *Model, _ *Graph, n *Node) { n.Domain = "z" },
		"inputs":         func(_ *Model, _ *Graph, n *Node) { n.TruncateInputs(2) },
		"an input":       func(_ *Model, g *Graph, n *Node) { n.SetInput(1, g.Value("w")) },
		"attributes":     func(_ *Model, _ *Graph, n *Node) { n.Attrs = n.Attrs[1:] },
		"attribute name": func(_ *Model, _ *Graph, n *Node) { n.Attrs[0].Name = "z" },
		"int":            func(_ *Model, _ *Graph, n *Node) { n.Attr("i").Int = 2 },
		"float":          func(_ *Model, _ *Graph, n *Node) { n.Attr("f").Float = 2 },
		"string":         func(_ *Model, _ *Graph, n *Node) { n.Attr("s").String = "z" },
		"ints":           func(_ *Model, _ *Graph, n *Node) { n.Attr("is").Ints[0] = 2 },
		"floats":         func(_ *Model, _ *Graph, n *Node) { n.Attr("fs").Floats[0] = 2 },
		"strings":        func(_ *Model, _ *Graph, n *Node) { n.Attr("ss").Strings[0] = "z" },
		"tensor":         func(_ *Model, _ *Graph, n *Node) { n.Attr("t").Tensor = NewTensor(Float32) },
		"tensors":        func(_ *Model, _ *Graph, n *Node) { n.Attr("ts").Tensors[0] = NewTensor(Float32) },
		"a subgraph":     func(_ *Model, g *Graph, _ *Node) { g.Nodes[1].Subgraphs()[0].Nodes[0].Op = "Sub" },
		"another":        func(_ *Model, g *Graph, _ *Node) { g.Nodes[1].Subgraphs()[1].Name = "z" },
	} {
		m := parsed(t, text)
		change(m, m.Graph, m.Graph.Nodes[0])
		if Diff(parsed(t, text), m) == nil {
			t.Errorf("a change of %s is not seen", name)
		}
	}
}
