package apart

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime"
)

// Parts are a model in two.
type Parts struct {
	Whole *graph.Model
	// Runs is the part that can be run. Its inputs are those of Whole that it reads, followed by MadeUp; its
	// outputs are those of Whole that it computes, followed by what the other part reads.
	Runs *graph.Model
	// Aside lists the nodes of the other part, and why they are in it.
	Aside []report.Aside
	// MadeUp names the inputs of Runs that nodes aside compute, Lost the outputs of Whole that Runs lacks or
	// that depend on MadeUp.
	MadeUp, Lost []string

	// Guessed names values of which nothing says what type they have, and the values whose types they were
	// taken to have.
	Guessed map[string]string
	// Uncounted is the number of nodes aside that multiply and accumulate, how often is not known.
	Uncounted int

	rest []*graph.Node
}

// Of returns the parts of m, or nil if all of it can be run. m must not call functions of its own. If
// nothing of it can be run, Of returns an error.
func Of(ctx context.Context, m *graph.Model) (*Parts, error) {
	if runs(m) {
		return nil, nil
	}
	s, _, err := canonical.Simplify(ctx, m)
	if err != nil {
		return nil, err
	}
	if runs(s) {
		return nil, nil // what cannot be run is in a branch that is never taken, say
	}
	p, err := divide(s)
	if err != nil {
		return nil, err
	}
	// What is divided before it is simplified is proven to be the same afterwards, if it is as much.
	c, _ := m.Clone()
	if op.InferGraph(c.Graph) == nil {
		if before, err := divide(c); err == nil && len(before.Aside) == len(p.Aside) && slices.Equal(before.MadeUp, p.MadeUp) && runtime.Runs(before.Runs) == nil {
			return before, nil
		}
	}
	return p, runtime.Runs(p.Runs)
}

// runs reports whether all of m can be run, branches that may not be taken included.
func runs(m *graph.Model) bool {
	return runtime.Runs(m) == nil && !slices.ContainsFunc(m.Graph.Nodes, func(n *graph.Node) bool { return refused(m, n) != "" })
}

// Touches returns the first node aside that reads or computes the named value of Whole; ok is false if
// there is none, or if the value belongs to the interface of Whole.
func (p *Parts) Touches(name string) (a report.Aside, ok bool) {
	v := p.Whole.Graph.Value(name)
	if v == nil || v.IsInput() || v.IsOutput() {
		return a, false
	}
	for i, n := range p.rest {
		if slices.Contains(n.Outputs(), v) || slices.Contains(n.Reads(), v) {
			return p.Aside[i], true
		}
	}
	return a, false
}

// Again divides m, which was made from p's parts, into the same parts.
func (p *Parts) Again(m *graph.Model) (*graph.Model, error) {
	c, _ := m.Clone()
	if op.NamesAxis(c.Graph) { // a file of an opset before 7 has them again
		if err := op.AlignBroadcasts(c.Graph); err != nil {
			return nil, err
		}
	}
	if err := op.InferGraph(c.Graph); err != nil {
		return nil, err
	}
	again, err := divide(c)
	if err != nil {
		return nil, err
	}
	return again.Runs, nil
}

// Rejoin returns Whole with changed, made from Runs, in its place.
func (p *Parts) Rejoin(changed *graph.Model) (*graph.Model, error) {
	m, err := p.Whole.Rejoin(changed, p.rest)
	if err != nil {
		return nil, fmt.Errorf("what cannot be run does not fit the rest any more: %w", err)
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("what cannot be run does not fit the rest any more: %w", err)
	}
	return m, p.forget(m)
}

// divide divides m, whose types are inferred.
func divide(m *graph.Model) (*Parts, error) {
	p := &Parts{Whole: m, Guessed: guess(m)}
	unshaped := map[*graph.Value]bool{} // what is computed aside and has no known shape
	computed := map[*graph.Value]bool{} // what the part that can be run computes
	var runs []*graph.Node
	madeUp := map[*graph.Value]bool{}
	for _, n := range m.Graph.Nodes {
		why := refused(m, n)
		for _, v := range n.Reads() {
			if why == "" && v != nil && unshaped[v] {
				d, _ := v.Def()
				why = fmt.Sprintf("it reads %q, whose shape is not known behind operator %s", v.Name, d.OpName())
			}
		}
		if why == "" {
			runs = append(runs, n)
			for _, v := range n.Outputs() {
				computed[v] = v != nil
			}
			continue
		}
		p.rest = append(p.rest, n)
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			if _, known := d.Cost(n).MACs.Int64(); !known {
				p.Uncounted++
			}
		}
		p.Aside = append(p.Aside, report.Aside{Node: n.Title(), Operator: n.OpName(), Reason: why})
		for _, v := range n.Outputs() {
			if v != nil {
				madeUp[v], unshaped[v] = shaped(v), !shaped(v)
			}
		}
	}
	return p, p.make(runs, computed, madeUp)
}

// refused returns why n, a node of m, cannot be run, or "" if it can.
func refused(m *graph.Model, n *graph.Node) string {
	if f := m.Function(n); f != nil {
		return refusedIn(m, f.Body)
	}
	d := op.Lookup(n)
	if d == nil {
		return op.Why(n)
	}
	if err := d.Check(n); err != nil {
		return err.Error()
	}
	if d.Refuse != nil {
		if err := d.Refuse(n); err != nil {
			return err.Error()
		}
	}
	if d.Described && d.Couple == nil {
		return "it is described as pinned, and nothing can stand in for it"
	}
	for _, g := range n.Subgraphs() {
		if why := refusedIn(m, g); why != "" {
			return why
		}
	}
	return ""
}

// refusedIn returns why a node of g, a graph inside m, cannot be run, or "" if all can.
func refusedIn(m *graph.Model, g *graph.Graph) string {
	for _, inner := range g.Nodes {
		if why := refused(m, inner); why != "" {
			return "node " + inner.Label() + " inside: " + why
		}
	}
	return ""
}

// shaped reports whether inputs can be made up for v.
func shaped(v *graph.Value) bool {
	return v.Type.Shape != nil && (v.Type.DType.IsFloat() || v.Type.DType.IsInt() || v.Type.DType == graph.Bool)
}

// make makes the part of these nodes. It leaves out what only makes constants for the other part.
func (p *Parts) make(runs []*graph.Node, computed, madeUp map[*graph.Value]bool) error {
	m := p.Whole
	var outputs []*graph.Value
	for _, v := range m.Graph.Outputs {
		if computed[v] {
			outputs = append(outputs, v)
		}
	}
	for _, n := range p.rest {
		for _, v := range n.Reads() {
			if v != nil && computed[v] && !slices.Contains(outputs, v) {
				outputs = append(outputs, v)
			}
		}
	}
	if len(outputs) == 0 {
		return fmt.Errorf("no part of the model can be run: node %q: %s", p.Aside[0].Node, p.Aside[0].Reason)
	}
	part, copies, err := m.Part(runs, outputs)
	if err != nil {
		return err
	}
	for v, w := range copies {
		if w.Const == nil {
			w.Type, w.Extra = v.Type, v.Extra
		}
		if v.IsInput() && v.Const != nil {
			part.Graph.SetConst(w, v.Const)
		}
	}
	var inputs []*graph.Value
	for _, v := range m.Graph.Inputs {
		if w := copies[v]; w != nil {
			inputs = append(inputs, w)
		}
	}
	for _, w := range part.Graph.Inputs {
		if !slices.Contains(inputs, w) {
			inputs = append(inputs, w)
			p.MadeUp = append(p.MadeUp, w.Name)
		}
	}
	part.Graph.Inputs = inputs
	c, _ := part.Clone() // types are the part's own from now on
	p.Runs = c
	p.Lost = lost(m.Graph, p.rest)
	return nil
}

// StandIns returns the nodes of m that a stand-in takes the place of when m is run, and the outputs that
// depend on them.
func StandIns(m *graph.Model) (nodes []report.Aside, outputs []string) {
	var found []*graph.Node
	for _, n := range m.Graph.Nodes {
		for _, inner := range append([]*graph.Node{n}, within(n)...) {
			if d := op.Lookup(inner); d != nil && d.Described && d.Couple != nil && m.Function(inner) == nil {
				found = append(found, n)
				nodes = append(nodes, report.Aside{Node: inner.Title(), Operator: inner.OpName(), Reason: "it is described by the user, and a stand-in that couples the same axes is run"})
			}
		}
	}
	if found == nil {
		return nil, nil
	}
	return nodes, lost(m.Graph, found)
}

// within lists the nodes inside n.
func within(n *graph.Node) (all []*graph.Node) {
	for _, g := range n.Subgraphs() {
		all = append(all, g.AllNodes()...)
	}
	return all
}

// lost names the outputs of g that depend on the nodes.
func lost(g *graph.Graph, aside []*graph.Node) (names []string) {
	bad := map[*graph.Value]bool{}
	for _, n := range g.Nodes {
		depends := slices.Contains(aside, n) || slices.ContainsFunc(n.Reads(), func(v *graph.Value) bool { return bad[v] })
		for _, v := range n.Outputs() {
			bad[v] = depends && v != nil
		}
	}
	for _, v := range g.Outputs {
		if bad[v] {
			names = append(names, v.Name)
		}
	}
	return names
}
