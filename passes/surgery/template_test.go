package surgery_test

import (
	"slices"
	"strings"
	"sync"

	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// The models of fixtures/op are the templates: each shows its operator where it makes sense, so that an operator that is
// added later grows in random networks too.

// template is a node of a fixture.
type template struct {
	model *graph.Model
	node  *graph.Node
}

// kind is an operator of which something can be removed, and the nodes that show it.
type kind struct {
	def   *op.Def
	nodes []template
}

// kinds lists every operator with a coupling rule; a fixture that cannot be read is an error.
var kinds = sync.OnceValues(func() ([]kind, error) {
	all, err := fixtures.Operators()
	if err != nil {
		return nil, err
	}
	of := map[*op.Def][]template{}
	for _, o := range all {
		if err := op.InferGraph(o.Model.Graph); err != nil {
			return nil, err
		}
		for _, n := range o.Model.Graph.Nodes {
			if d := op.Lookup(n); d != nil {
				of[d] = append(of[d], template{o.Model, n})
			}
		}
	}
	var kinds []kind
	for _, d := range op.All() {
		if d.Couple != nil && len(of[d]) > 0 {
			kinds = append(kinds, kind{d, of[d]})
		}
	}
	return kinds, nil
})

// isWeight reports whether v is a weight of a fixture, whose contents do not matter.
func isWeight(v *graph.Value) bool {
	return v.Const != nil && (strings.HasPrefix(v.Name, "w_") || strings.HasPrefix(v.Name, "p_"))
}

// versionFits reports whether n means under the network's opset what it means under its own, as far as the definition tells.
func (w *grower) versionFits(n *graph.Node) bool {
	if n.Domain != "" {
		return true
	}
	c := *n
	c.Version = w.m.Opsets[""]
	return op.Lookup(&c) == op.Lookup(n)
}

// adopt makes n, which stands in the network, one of its opset.
func (w *grower) adopt(n *graph.Node) {
	if n.Domain == "" {
		n.Version = w.m.Opsets[""]
	} else {
		w.m.Opsets[n.Domain] = n.Version
	}
	for _, sub := range n.Subgraphs() {
		for _, inner := range sub.Nodes {
			w.adopt(inner)
		}
	}
}

// like adds a node like one of a fixture: it reads a value whose extents take the place of the fixture's.
func (w *grower) like(t template) []*graph.Value {
	if !w.versionFits(t.node) || len(t.node.Subgraphs()) > 0 {
		w.fail(errUnfit)
		return nil
	}
	var extents map[graph.Dim]graph.Dim
	in := make([]*graph.Value, len(t.node.Inputs()))
	for i, v := range t.node.Inputs() {
		if v == nil || v.Const != nil || extents != nil || v.Type.Shape == nil {
			continue
		}
		if w.draw(3) == 0 { // the fixture's own extents
			extents = map[graph.Dim]graph.Dim{}
			continue
		}
		if in[i] = w.some(func(u *graph.Value) bool {
			return u.Type.DType == v.Type.DType && len(u.Type.Shape) == len(v.Type.Shape)
		}); in[i] != nil {
			extents = map[graph.Dim]graph.Dim{}
			for d, e := range v.Type.Shape {
				if _, said := extents[e]; !said {
					extents[e] = in[i].Type.Shape[d]
				}
			}
		}
	}
	for i, v := range t.node.Inputs() {
		if v != nil && in[i] == nil {
			in[i] = w.stands(v, extents)
		}
	}
	if w.err != nil {
		return nil
	}
	out := make([]*graph.Value, len(t.node.Outputs()))
	for i, v := range t.node.Outputs() {
		if v != nil {
			out[i] = w.g.Fresh(w.name("v"))
		}
	}
	var attrs []*graph.Attr
	for _, a := range t.node.Attrs {
		c := *a
		c.Ints = slices.Clone(a.Ints)
		attrs = append(attrs, &c)
	}
	n, err := w.g.NewNode(t.node.Op, t.node.Domain, t.node.Version, in, out, attrs...)
	if err != nil {
		w.fail(err)
		return nil
	}
	w.adopt(n)
	w.settle(n)
	return out
}

// stands is a value of the network that stands for v of a fixture, with the extents that take the place of its own.
func (w *grower) stands(v *graph.Value, extents map[graph.Dim]graph.Dim) *graph.Value {
	shape := v.Type.Shape.Clone()
	for i, d := range shape {
		e, said := extents[d]
		switch {
		case said:
			shape[i] = e
		case d == graph.Symbol("N"):
			shape[i] = w.first
		}
	}
	dims, known := shape.Ints()
	switch {
	case isWeight(v) && known:
		return w.constant(v.Name[:2], v.Const.DType(), dims)
	case v.Const != nil:
		return w.fixed(w.name("c"), v.Const)
	}
	typed := func(u *graph.Value) bool { return u.Type.DType == v.Type.DType && u.Type.Shape.Equal(shape) }
	if u := w.some(typed); u != nil && w.draw(4) > 0 {
		return u
	}
	switch {
	case isFloat(v):
		u := w.adapted(w.some(isFloat), shape)
		if strings.HasPrefix(v.Name, "p_") {
			return w.node("Sigmoid", []*graph.Value{u})
		}
		return u
	case v.Type.DType != graph.Sequence && known:
		return w.input("x", v.Type.DType, shape)
	}
	w.fail(errUnfit)
	return nil
}

// whole adds all of a fixture behind values of the network.
func (w *grower) whole(m *graph.Model) []*graph.Value {
	if len(w.g.Nodes) == 0 || slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return !w.versionFits(n) }) {
		w.fail(errUnfit)
		return nil
	}
	args := make([]*graph.Value, len(m.Graph.Inputs))
	for i, v := range m.Graph.Inputs {
		args[i] = w.stands(v, nil)
	}
	if w.err != nil {
		return nil
	}
	before := map[*graph.Node]bool{}
	for _, n := range w.g.Nodes {
		before[n] = true
	}
	constants := len(w.g.Initializers)
	out := w.g.Splice(m.Graph, args, w.g.Nodes[0])
	for _, v := range w.g.Initializers[constants:] {
		w.have[v] = v.Const
		w.temporary = append(w.temporary, v)
	}
	if err := w.g.Sort(); err != nil {
		panic(err)
	}
	for _, n := range w.g.Nodes {
		if before[n] {
			continue
		}
		for _, v := range n.Outputs() {
			if v != nil {
				v.Type = graph.Type{}
			}
		}
		w.adopt(n)
		w.settle(n)
	}
	return out
}
