package group

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// inside couples the subgraphs of n like the graph around them: what a branch or a body reads, passes on and returns is
// the same there and outside. What a value of an outer graph is coupled to inside counts like any other reader.
func (f *finder) inside(n *graph.Node) {
	passed, err := op.Passes(n)
	if err != nil {
		f.fixInside(n, err.Error())
		return
	}
	said := map[*graph.Value]bool{}
	for _, p := range passed {
		f.pass(n, p)
		said[p.Inside], said[p.Outside] = true, true
	}
	unsaid := n.Inputs()
	for _, g := range n.Subgraphs() {
		unsaid = append(unsaid[:len(unsaid):len(unsaid)], g.Inputs...)
	}
	for _, v := range unsaid {
		if v != nil && !said[v] { // the number of rounds, a condition
			f.fixAll(v, n.OpName(), "decides what runs (at "+n.Label()+")")
		}
	}
	for _, g := range n.Subgraphs() {
		for _, m := range g.Nodes {
			f.couple(m)
		}
	}
}

// pass makes the axes of a value inside and outside a subgraph the same.
func (f *finder) pass(n *graph.Node, p op.Passed) {
	in, out := f.termsOf(p.Inside), f.termsOf(p.Outside)
	rank := len(out)
	if p.Along >= 0 {
		rank--
	}
	if len(in) != rank || p.Inside.Type.Shape == nil || p.Outside.Type.Shape == nil {
		for _, v := range []*graph.Value{p.Inside, p.Outside} {
			f.fixAll(v, n.OpName(), "its rank inside and outside a subgraph is not the same (at "+n.Label()+")")
		}
		return
	}
	at := 0
	for axis, t := range out {
		c := &cause{p.Outside.Name, axis, n.OpName(), "a subgraph goes along it (at " + n.Label() + ")"}
		if axis == p.Along {
			t.fix(c)
			continue
		}
		c.reason = "is another one inside a subgraph (at " + n.Label() + ")"
		f.al.unify(in[at], t, c)
		at++
	}
}

// fixInside pins every axis that n and its subgraphs touch.
func (f *finder) fixInside(n *graph.Node, reason string) {
	f.fixNode(n, reason)
	for _, v := range n.Captures() {
		f.fixAll(v, n.OpName(), reason+" (at "+n.Label()+")")
	}
	for _, g := range n.Subgraphs() {
		for _, v := range g.AllValues() {
			f.fixAll(v, n.OpName(), reason+" (at "+n.Label()+")")
		}
	}
}
