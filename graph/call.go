package graph

import "fmt"

// call is the replacement of one call by the body of its function.
type call struct {
	*inliner
	g        *Graph
	node     *Node
	function *Function
	values   map[*Value]*Value // of g, by those of the body; nil for an input that the call omits
}

// call appends the body of f to g in place of n, which has been removed from g's nodes.
func (in *inliner) call(g *Graph, n *Node, f *Function) error {
	c := &call{inliner: in, g: g, node: n, function: f, values: map[*Value]*Value{}}
	if err := c.bind(); err != nil {
		return err
	}
	for _, v := range n.Captures() { // graphs that the call passes as attributes may read values around it
		c.values[v] = v
	}
	// From now on the body computes the outputs.
	for _, sub := range n.Subgraphs() {
		sub.dropAllUses()
	}
	n.dropUses()
	n.graph = nil
	for _, v := range n.outputs {
		if v != nil {
			v.def = nil
		}
	}
	in.model.imports(f)
	for _, b := range f.Body.Nodes {
		if err := c.copy(b); err != nil {
			return err
		}
		if err := in.last(g); err != nil {
			return fmt.Errorf("function %s: %w", f, err)
		}
	}
	return c.passOn()
}

// bind maps the function's inputs to what the call reads, and its outputs to those of the call.
func (c *call) bind() error {
	body, n := c.function.Body, c.node
	if len(n.inputs) > len(body.Inputs) || len(n.outputs) > len(body.Outputs) {
		return fmt.Errorf("function %s has %d inputs and %d outputs, the call %d and %d",
			c.function, len(body.Inputs), len(body.Outputs), len(n.inputs), len(n.outputs))
	}
	for i, v := range body.Inputs {
		c.values[v] = n.In(i)
	}
	for i, v := range body.Outputs {
		if out := n.Out(i); out != nil && v.def != nil && c.values[v] == nil {
			c.values[v] = out
		}
	}
	var err error
	body.allNodes(func(b *Node) bool {
		for _, sub := range b.Subgraphs() {
			for _, v := range sub.Outputs {
				if w, is := c.values[v]; is && w == nil {
					err = fmt.Errorf("function %s: a subgraph gives back input %q, which the call leaves out", c.function, v.Name)
				}
			}
		}
		return err == nil
	})
	return err
}

// value returns the value of g that stands for v of the body.
func (c *call) value(v *Value) *Value {
	if v == nil {
		return nil
	}
	w, is := c.values[v]
	if !is {
		w = c.fresh(v)
		c.values[v] = w
	}
	return w
}

// fresh adds a value like v of the body to g.
func (c *call) fresh(v *Value) *Value {
	w := &Value{Name: c.unique(v.Name), Type: v.Type.numbers(), graph: c.g}
	c.g.values[w.Name] = w
	return w
}

func (c *call) each(vs []*Value) []*Value {
	out := make([]*Value, len(vs))
	for i, v := range vs {
		out[i] = c.value(v)
	}
	return out
}

// copy adds a copy of node b of the body to g.
func (c *call) copy(b *Node) error {
	for _, v := range b.Captures() {
		c.value(v)
	}
	attrs := c.attrs(c.g, b.Attrs)
	if c.nodes++; c.nodes > maxInlined { // graphs in attributes multiply as calls do
		return tooMany()
	}
	n, err := c.g.NewNode(b.Op, b.Domain, b.Version, c.each(b.inputs), c.each(b.outputs), attrs...)
	if err != nil {
		return fmt.Errorf("function %s: node %s: %w", c.function, b.Label(), err)
	}
	n.Name, n.Overload, n.Extra = b.Name, b.Overload, b.Extra
	if c.node.Name != "" && b.Name != "" {
		n.Name = c.node.Name + "/" + b.Name
	}
	return nil
}

// attrs copies attributes of a node of the body for one in g. An attribute that refers to one of the call is replaced by
// that, or omitted if the call does not have it.
func (c *call) attrs(g *Graph, attrs []*Attr) []*Attr {
	var list []*Attr
	for _, a := range attrs {
		if c.nodes > maxInlined {
			break // copy reports it
		}
		given := a
		if a.Ref != "" {
			if given = c.argument(a.Ref); given == nil {
				continue
			}
		}
		b := given.clone(g, c.values)
		b.Name = a.Name
		for _, sub := range b.graphs() {
			c.settle(sub, given != a)
		}
		list = append(list, b)
	}
	return list
}

// argument returns the function's attribute of that name as the call gives it, or its default, or nil if there is
// neither.
func (c *call) argument(name string) *Attr {
	if a := c.node.Attr(name); a != nil {
		return a
	}
	for _, a := range c.function.Defaults {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// settle finishes g, a copy of a subgraph. It renames the values, whose old names may mean something else where g is
// now, and resolves references to attributes of the call. A graph that the call passed has no such references.
func (c *call) settle(g *Graph, given bool) {
	c.nodes += len(g.Nodes)
	g.Extra = nil
	values := g.values
	g.values = make(map[string]*Value, len(values))
	for _, v := range g.Values() {
		v.Name, v.Extra = c.unique(v.Name), nil
		v.Type = v.Type.numbers()
		g.values[v.Name] = v
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			c.settle(sub, given)
		}
		if !given {
			n.Attrs = c.referred(g, n.Attrs)
		}
	}
}

// referred returns attrs with references to attributes of the call resolved.
func (c *call) referred(g *Graph, attrs []*Attr) []*Attr {
	var list []*Attr
	for _, a := range attrs {
		if a.Ref != "" {
			list = append(list, c.attrs(g, []*Attr{a})...)
		} else {
			list = append(list, a)
		}
	}
	return list
}

// passOn computes the outputs of the call that its function passes through or returns twice.
func (c *call) passOn() error {
	for i, v := range c.function.Body.Outputs {
		out := c.node.Out(i)
		if out == nil || out.def != nil {
			continue
		}
		from := c.value(v)
		if from == nil {
			return fmt.Errorf("function %s gives back input %q, which the call leaves out", c.function, v.Name)
		}
		version, imported := c.model.Opsets[""]
		if !imported {
			return fmt.Errorf("function %s gives back %q as it is: want an opset of ONNX's own domain to copy it with", c.function, v.Name)
		}
		if _, err := c.g.NewNode("Identity", "", version, []*Value{from}, []*Value{out}); err != nil {
			return err
		}
	}
	return nil
}
