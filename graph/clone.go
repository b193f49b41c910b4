package graph

import (
	"maps"
	"slices"
)

// Clone returns a copy of the model, and a map from every value of m's graph and its subgraphs to its copy. Tensors and
// functions, which are never written to, are shared.
func (m *Model) Clone() (*Model, map[*Value]*Value) {
	c := *m
	c.Opsets = maps.Clone(m.Opsets)
	c.Metadata = append([]Property{}, m.Metadata...)
	c.Functions = slices.Clone(m.Functions)
	values := map[*Value]*Value{}
	c.Graph = m.Graph.clone(nil, values)
	return &c, values
}

func (g *Graph) clone(outer *Graph, values map[*Value]*Value) *Graph {
	c := &Graph{Name: g.Name, Outer: outer, Extra: g.Extra, values: make(map[string]*Value, len(g.values))}
	for name, v := range g.values {
		w := &Value{Name: v.Name, Type: v.Type.clone(), Const: v.Const, Extra: v.Extra, graph: c}
		values[v] = w
		c.values[name] = w
	}
	c.Inputs, c.Initializers = mapped(g.Inputs, values), mapped(g.Initializers, values)
	for _, n := range g.Nodes {
		n.copyTo(c, values)
	}
	c.Outputs = mapped(g.Outputs, values)
	return c
}

// copyTo adds a copy of n to g, whose values are the copies of n's.
func (n *Node) copyTo(g *Graph, values map[*Value]*Value) {
	d := &Node{Name: n.Name, Op: n.Op, Domain: n.Domain, Version: n.Version, Overload: n.Overload, Extra: n.Extra, graph: g}
	d.outputs = mapped(n.outputs, values)
	for i, v := range d.outputs {
		if v != nil {
			v.def, v.index = d, i
		}
	}
	d.inputs = make([]*Value, len(n.inputs))
	for i, v := range mapped(n.inputs, values) {
		d.SetInput(i, v)
	}
	for _, a := range n.Attrs {
		d.Attrs = append(d.Attrs, a.clone(g, values))
	}
	g.Nodes = append(g.Nodes, d)
}

// mapped lists the copies of values.
func mapped(vs []*Value, values map[*Value]*Value) []*Value {
	if vs == nil {
		return nil
	}
	out := make([]*Value, len(vs))
	for i, v := range vs {
		if v == nil {
			continue
		}
		var known bool
		if out[i], known = values[v]; !known {
			panic("graph: Clone: value " + v.Name + " is outside of the model")
		}
	}
	return out
}

func (a *Attr) clone(g *Graph, values map[*Value]*Value) *Attr {
	b := *a
	b.Floats = slices.Clone(a.Floats)
	b.Ints = slices.Clone(a.Ints)
	b.Strings = slices.Clone(a.Strings)
	if a.Graph != nil {
		b.Graph = a.Graph.clone(g, values)
	}
	b.Graphs = nil
	for _, sub := range a.Graphs {
		b.Graphs = append(b.Graphs, sub.clone(g, values))
	}
	return &b
}

func (t Type) clone() Type {
	t.Shape = t.Shape.Clone()
	t.Elems = slices.Clone(t.Elems)
	if t.Item != nil {
		item := t.Item.clone()
		t.Item = &item
	}
	return t
}
