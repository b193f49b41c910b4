package group

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Find derives the groups of a model from the coupling rules of its operators. Types must have been inferred and
// constants folded: an unknown extent or shape pins what it touches. It takes time proportional to the number of nodes
// times their rank.
func Find(m *graph.Model) (*Analysis, error) { return FindContext(context.Background(), m) }

// FindContext is Find that stops with the context's error when ctx is done.
func FindContext(ctx context.Context, m *graph.Model) (*Analysis, error) {
	f := &finder{g: m.Graph, a: &Analysis{
		axes:    map[*graph.Value][]*term{},
		virtual: map[*graph.Node][]*term{},
		stats:   map[*graph.Node][]stat{},
		byAtom:  map[*term]*Group{},
	}}
	f.a.values = m.Graph.AllValues()
	for _, v := range f.a.values {
		f.types(v)
	}
	// The interface comes first: of several reasons to pin an axis, it is the one that no other operator would lift.
	for _, v := range m.Graph.Inputs {
		f.fixAll(v, "graph input", "its extents are the model's interface")
	}
	for _, v := range m.Graph.Outputs {
		f.fixAll(v, "graph output", "its extents are the model's interface")
	}
	for _, n := range m.Graph.Nodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.couple(n)
	}
	f.close()
	f.bound()
	f.fixRepeated()
	f.collect()
	return f.a, nil
}

type finder struct {
	g  *graph.Graph
	al algebra
	a  *Analysis
}

// types gives every axis of v its term. An extent of 0 or 1 is pinned; one that is not a number is pinned by close.
func (f *finder) types(v *graph.Value) {
	terms := make([]*term, len(v.Type.Shape))
	for i, d := range v.Type.Shape {
		terms[i] = f.al.atom(d)
		c := &cause{value: v.Name, axis: i, operator: "extent"}
		switch n, known := d.Value(); {
		case !known:
			c.reason = "is known at run time only"
			terms[i].open = c
		case n < 2:
			c.reason = fmt.Sprintf("is %d", n)
			terms[i].pin = c
		}
	}
	f.a.axes[v] = terms
}

// close pins the atoms whose extents are not numbers: their positions cannot be told apart before the model runs.
func (f *finder) close() {
	for _, v := range f.a.values {
		for i, t := range f.a.axes[v] {
			t.leaveOpen(&cause{v.Name, i, "extent", "is known at run time only"})
			t.atoms(func(a *term) {
				if a.open != nil {
					a.pin = a.open
				}
			})
		}
	}
}

func (f *finder) fixAll(v *graph.Value, operator, reason string) {
	for i, t := range f.a.axes[v] {
		t.fix(&cause{v.Name, i, operator, reason})
	}
}

// couple applies the rules of one node.
func (f *finder) couple(n *graph.Node) {
	if len(n.Subgraphs()) > 0 {
		f.inside(n)
		return
	}
	d := op.Lookup(n)
	if d == nil {
		f.fixNode(n, op.Why(n))
		return
	}
	if d.Couple == nil {
		f.fixNode(n, "operator "+n.OpName()+" couples nothing")
		return
	}
	for _, v := range append(n.Outputs()[:len(n.Outputs()):len(n.Outputs())], n.Inputs()...) {
		if v != nil && v.Type.Shape == nil {
			f.fixNode(n, fmt.Sprintf("the rank of %q is not known", v.Name))
			return
		}
	}
	if err := d.Check(n); err != nil {
		f.fixNode(n, err.Error())
		return
	}
	c, err := d.Couple(n)
	if err != nil {
		f.fixNode(n, err.Error())
		return
	}
	f.apply(n, c)
}

// fixNode pins every axis that n touches.
func (f *finder) fixNode(n *graph.Node, reason string) {
	for _, v := range append(n.Outputs()[:len(n.Outputs()):len(n.Outputs())], n.Inputs()...) {
		if v != nil {
			f.fixAll(v, n.OpName(), reason+" (at "+n.Label()+")")
		}
	}
}

// apply unifies what the coupling of n equates, and pins what it does not mention.
func (f *finder) apply(n *graph.Node, c op.Coupling) {
	var virtual []*term
	for _, d := range c.VirtualExtents() {
		virtual = append(virtual, f.al.atom(d))
	}
	f.a.virtual[n] = virtual
	at := linker{f: f, n: n, virtual: virtual, said: map[op.Axis]bool{}}
	for _, s := range c.Same {
		f.al.unify(at.term(s.A), at.term(s.B), at.cause(s.A, "has no common division with the axis it is coupled to"))
	}
	for _, s := range c.Sum {
		whole := at.term(s.Whole)
		parts := at.terms(s.Parts)
		f.al.unify(whole, f.al.of(sum, parts...), at.cause(s.Whole, "its parts have no common division with it"))
	}
	for _, p := range c.Product {
		a, b := at.terms(p.A), at.terms(p.B)
		why := p.A[0]
		f.al.unify(f.al.of(product, a...), f.al.of(product, b...), at.cause(why, "its factors do not align with those it becomes"))
	}
	for _, p := range c.Pin {
		at.term(p.Axis).fix(at.cause(p.Axis, p.Reason))
	}
	for _, s := range c.Stat {
		if v := at.value(s.Axis); v != nil {
			f.a.stats[n] = append(f.a.stats[n], stat{v, s.Axis.Dim})
		}
	}
	at.fixUnsaid()
}

// linker resolves the axes of one node's coupling.
type linker struct {
	f       *finder
	n       *graph.Node
	virtual []*term
	said    map[op.Axis]bool
}

func (l *linker) value(a op.Axis) *graph.Value {
	switch a.Of {
	case op.OfInput:
		return l.n.In(a.Index)
	case op.OfOutput:
		return l.n.Out(a.Index)
	}
	return nil
}

// term returns the term of the axis. An axis that does not exist, as of an omitted optional output, is a new pinned one.
func (l *linker) term(a op.Axis) *term {
	l.said[a] = true
	if a.Of == op.OfVirtual {
		return l.virtual[a.Index]
	}
	if v := l.value(a); v != nil {
		if terms := l.f.termsOf(v); a.Dim < len(terms) {
			return terms[a.Dim]
		}
	}
	t := l.f.al.atom(graph.Unknown)
	t.pin = l.cause(a, "is not there")
	return t
}

func (l *linker) terms(as []op.Axis) []*term {
	ts := make([]*term, len(as))
	for i, a := range as {
		ts[i] = l.term(a)
	}
	return ts
}

func (l *linker) cause(a op.Axis, reason string) *cause {
	c := &cause{axis: a.Dim, operator: l.n.OpName(), reason: reason + " (at " + l.n.Label() + ")"}
	if v := l.value(a); v != nil {
		c.value = v.Name
	}
	return c
}

// fixUnsaid pins the axes that no rule mentions.
func (l *linker) fixUnsaid() {
	fix := func(a op.Axis, v *graph.Value) {
		if v == nil {
			return
		}
		for d := range v.Type.Shape {
			a.Dim = d
			if !l.said[a] {
				l.f.termsOf(v)[d].fix(l.cause(a, "no rule of the operator mentions it"))
			}
		}
	}
	for i, v := range l.n.Inputs() {
		fix(op.In(i, 0), v)
	}
	for i, v := range l.n.Outputs() {
		fix(op.Out(i, 0), v)
	}
}

// termsOf returns the terms of v's axes.
func (f *finder) termsOf(v *graph.Value) []*term { return f.a.axes[v] }
