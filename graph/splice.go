package graph

import "slices"

// DetachSubgraphs removes the subgraphs from n's attributes and returns them by attribute name. Until DropSubgraph drops
// them they count as readers of what they read, but their names are free.
func (n *Node) DetachSubgraphs() map[string]*Graph {
	subs := map[string]*Graph{}
	n.Attrs = slices.DeleteFunc(n.Attrs, func(a *Attr) bool {
		if a.Kind == AttrGraph {
			subs[a.Name] = a.Graph
		}
		return a.Kind == AttrGraph
	})
	return subs
}

// DropSubgraph unlinks a detached subgraph from what it reads.
func (g *Graph) DropSubgraph() { g.dropAllUses() }

// Splice inserts a copy of sub, a detached subgraph of a node of g, before the node ref of g, with args in place of its
// inputs. It returns the values of g, or of its enclosing graphs, that are sub's outputs. Names are kept unless they are
// taken.
func (g *Graph) Splice(sub *Graph, args []*Value, ref *Node) []*Value {
	values := map[*Value]*Value{}
	for i, v := range sub.Inputs {
		values[v] = args[i]
	}
	resolve := func(v *Value) *Value {
		if w := values[v]; w != nil || v == nil {
			return w
		}
		if v.graph != sub {
			return v
		}
		w := g.freshBeside(sub, v.Name)
		w.Type = v.Type.numbers()
		if v.Const != nil {
			g.SetConst(w, v.Const)
		}
		values[v] = w
		return w
	}
	each := func(vs []*Value) []*Value {
		out := make([]*Value, len(vs))
		for i, v := range vs {
			out[i] = resolve(v)
		}
		return out
	}
	first := len(g.Nodes)
	for _, n := range sub.Nodes {
		for _, v := range n.Captures() {
			values[v] = resolve(v)
		}
		inputs, outputs := each(n.inputs), each(n.outputs)
		var attrs []*Attr
		for _, a := range n.Attrs {
			attrs = append(attrs, a.clone(g, values))
		}
		c, err := g.NewNode(n.Op, n.Domain, n.Version, inputs, outputs, attrs...)
		if err != nil {
			panic("graph: Splice: " + err.Error()) // the outputs are fresh
		}
		c.Name, c.Overload, c.Extra = n.Name, n.Overload, n.Extra
	}
	g.moveTail(first, ref)
	return each(sub.Outputs)
}

// numbers is t without symbols. A symbol is the same number everywhere in a graph, but not in every run of a subgraph.
// Inference restores those that hold outside.
func (t Type) numbers() Type {
	t = t.clone()
	for _, dims := range [][]Dim{t.Shape, t.Elems} {
		for i, d := range dims {
			if !d.Known() {
				dims[i] = Unknown
			}
		}
	}
	if t.Item != nil {
		item := t.Item.numbers()
		t.Item = &item
	}
	return t
}

// moveTail moves the nodes from position first on to before ref.
func (g *Graph) moveTail(first int, ref *Node) {
	tail := slices.Clone(g.Nodes[first:])
	g.Nodes = slices.Insert(g.Nodes[:first], slices.Index(g.Nodes, ref), tail...)
}
