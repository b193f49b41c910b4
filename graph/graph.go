package graph

import (
	"fmt"
	"slices"
	"strconv"
)

// Graph is a set of values and the nodes between them. Value names are unique in a graph.
type Graph struct {
	Name string
	// Inputs and Outputs in the order of the file. An input whose Const is set
	// is an initializer with a default.
	Inputs, Outputs []*Value
	// Nodes in an order in which every value is computed before it is read.
	Nodes []*Node
	// Initializers lists the values with contents in the order of the file.
	Initializers []*Value
	// Outer is the graph whose node holds this one as an attribute; nil at the top.
	Outer *Graph

	// Extra is for importers: doc string, sparse initializers, quantization annotations, metadata.
	Extra any

	values map[string]*Value
}

// New returns an empty graph.
func New(name string) *Graph { return &Graph{Name: name, values: map[string]*Value{}} }

// Value returns the value of that name in g itself, or nil.
func (g *Graph) Value(name string) *Value { return g.values[name] }

// Lookup returns the value of that name in g or the nearest enclosing graph, or nil.
func (g *Graph) Lookup(name string) *Value {
	for ; g != nil; g = g.Outer {
		if v := g.values[name]; v != nil {
			return v
		}
	}
	return nil
}

// Values lists every value of g: inputs, initializers, then node outputs in node order.
func (g *Graph) Values() []*Value {
	all := make([]*Value, 0, len(g.values))
	all = append(all, g.Inputs...)
	for _, v := range g.Initializers {
		if !slices.Contains(g.Inputs, v) {
			all = append(all, v)
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.outputs {
			if v != nil {
				all = append(all, v)
			}
		}
	}
	return all
}

// NewValue adds a value of exactly that name that nothing computes yet. It fails if the name is empty or taken.
func (g *Graph) NewValue(name string) (*Value, error) {
	if name == "" {
		return nil, fmt.Errorf("a value needs a name")
	}
	if g.values[name] != nil {
		return nil, fmt.Errorf("duplicate value name %q", name)
	}
	v := &Value{Name: name, graph: g}
	g.values[name] = v
	return v, nil
}

// Fresh adds a value whose name starts with hint and is new in g, in its enclosing graphs and in its subgraphs.
func (g *Graph) Fresh(hint string) *Value { return g.freshBeside(nil, hint) }

// freshBeside is Fresh with a name that is also new in the subgraphs of other, if that is not nil: a value in there
// would hide it.
func (g *Graph) freshBeside(other *Graph, hint string) *Value {
	if hint == "" {
		hint = "v"
	}
	name := hint
	for i := 1; g.Lookup(name) != nil || g.namedInside(name) || other != nil && other.namedInside(name); i++ {
		name = hint + "_" + strconv.Itoa(i)
	}
	v := &Value{Name: name, graph: g}
	g.values[name] = v
	return v
}

func (g *Graph) namedInside(name string) bool {
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			if sub.values[name] != nil || sub.namedInside(name) {
				return true
			}
		}
	}
	return false
}

// AddInput declares v, which must belong to g, an input.
func (g *Graph) AddInput(v *Value) { g.Inputs = append(g.Inputs, v) }

// AddConst adds an initializer under a fresh name that starts with hint.
func (g *Graph) AddConst(hint string, t *Tensor) *Value {
	v := g.Fresh(hint)
	g.SetConst(v, t)
	return v
}

// SetConst sets the contents of v, which no node may compute, and its type.
func (g *Graph) SetConst(v *Value, t *Tensor) {
	if v.def != nil {
		panic("graph: SetConst of " + v.Name + ", which a node computes")
	}
	if v.Const == nil {
		g.Initializers = append(g.Initializers, v)
	}
	v.Const = t
	v.Type = TypeOf(t)
}

// NewNode makes a node that computes outputs from inputs, with nil for omitted ones, and appends it to g. version is the
// opset version of the domain. It fails if an output is already computed by another node, an initializer or an input.
func (g *Graph) NewNode(op, domain string, version int, inputs, outputs []*Value, attrs ...*Attr) (*Node, error) {
	n := &Node{Op: op, Domain: domain, Version: version, Attrs: slices.Clone(attrs), graph: g}
	for i, v := range outputs {
		if v == nil {
			continue
		}
		if v.def != nil || v.Const != nil || slices.Contains(g.Inputs, v) || slices.Contains(outputs[:i], v) {
			return nil, fmt.Errorf("value %q is computed twice", v.Name)
		}
	}
	n.outputs = slices.Clone(outputs)
	for i, v := range outputs {
		if v != nil {
			v.def, v.index = n, i
		}
	}
	for i, v := range inputs {
		n.SetInput(i, v)
	}
	if len(inputs) > 0 && len(n.inputs) < len(inputs) { // trailing nils
		n.inputs = append(n.inputs, make([]*Value, len(inputs)-len(n.inputs))...)
	}
	g.Nodes = append(g.Nodes, n)
	return n, nil
}
