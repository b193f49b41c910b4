package learning

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/gradient"
)

// Network is a graph that computes a loss.
type Network struct {
	// Model has as inputs those of the network, then the teacher's values (Targets, by term), then the weights. It computes
	// the loss, its terms without their weights, and the gradients.
	Model   *graph.Model
	Targets []string
	Loss    string
	Terms   []string
	// Weights lists the weights by name, which are inputs of the same name, and Gradients the outputs with their gradients;
	// empty where the loss does not depend on a weight as far as gradients reach.
	Weights, Gradients []string
	// Stops lists the nodes that gradients do not pass.
	Stops []gradient.Stop
}

// Typed returns a copy of m, for inputs of the given extents by name, in which the types of all values are known, and the
// copies of m's values. What later nodes make of it, such as fused operators, must keep the names of terms and weights.
func Typed(m *graph.Model, dims map[string][]int) (*graph.Model, map[*graph.Value]*graph.Value, error) {
	c, copies := m.Clone()
	for _, v := range c.Graph.Inputs {
		if d, ok := dims[v.Name]; ok {
			v.Type.Shape = graph.ShapeOf(d...)
		}
	}
	for _, n := range c.Graph.Nodes {
		if op.Lookup(n) == nil {
			return nil, nil, fmt.Errorf("node %s: %s", n.Label(), op.Why(n))
		}
		for _, v := range n.Outputs() {
			if v != nil {
				v.Type = graph.Type{}
			}
		}
		if err := op.Infer(n); err != nil {
			return nil, nil, err
		}
		for _, v := range n.Outputs() {
			if v == nil {
				continue
			}
			if _, known := v.Type.Shape.Ints(); !known || v.Type.DType == graph.Sequence {
				return nil, nil, fmt.Errorf("node %s: the extents of %q are known at run time only", n.Label(), v.Name)
			}
		}
	}
	return c, copies, nil
}

// Build turns m, a result of Typed, into a Network. The terms' values and the weights are m's. If learns is not set, there
// are no gradients.
func Build(m *graph.Model, terms []Term, weights []*graph.Value, learns bool) (*Network, error) {
	g := m.Graph
	n := &Network{Model: m}
	for _, v := range weights {
		g.Initializers = slices.DeleteFunc(g.Initializers, func(w *graph.Value) bool { return w == v })
		v.Const = nil
	}
	outputs := g.Outputs
	g.Outputs = nil
	l := &losses{graph: g}
	loss, parts := (*graph.Value)(nil), []*graph.Value(nil)
	for _, t := range terms {
		target := g.Fresh("teacher." + t.Value.Name)
		target.Type = t.Value.Type
		target.Type.Elems = nil
		g.AddInput(target)
		n.Targets = append(n.Targets, target.Name)
		part, err := l.term(t, target)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		scaled := l.add("Mul", []*graph.Value{part, l.number(t.Weight)})
		if loss != nil {
			scaled = l.add("Add", []*graph.Value{loss, scaled})
		}
		loss = scaled
	}
	if loss == nil || l.err != nil {
		return nil, fmt.Errorf("a loss of %d terms: %w", len(terms), l.err)
	}
	for _, v := range weights {
		g.AddInput(v)
		n.Weights = append(n.Weights, v.Name)
	}
	g.Outputs = append(g.Outputs, loss)
	n.Loss = loss.Name
	for _, v := range parts {
		if !slices.Contains(g.Outputs, v) {
			g.Outputs = append(g.Outputs, v)
		}
		n.Terms = append(n.Terms, v.Name)
	}
	if !learns {
		for _, t := range terms {
			if !slices.Contains(outputs, t.Value) {
				outputs = append(outputs, t.Value)
			}
		}
		for _, v := range outputs {
			if !slices.Contains(g.Outputs, v) {
				g.Outputs = append(g.Outputs, v)
			}
		}
		return n, nil
	}
	return n, n.differentiate(loss, weights)
}

// differentiate adds the gradients by the weights, and removes what they do not need.
func (n *Network) differentiate(loss *graph.Value, weights []*graph.Value) error {
	g := n.Model.Graph
	gradients, stops, err := gradient.Append(g, loss, weights)
	if err != nil {
		return err
	}
	n.Stops = stops
	for _, v := range gradients {
		if v == nil {
			n.Gradients = append(n.Gradients, "")
			continue
		}
		if v.IsOutput() || v.Const != nil { // two weights may have the same gradient
			copied := g.Fresh("gradient")
			id, err := g.NewNode("Identity", "", 18, []*graph.Value{v}, []*graph.Value{copied})
			if err == nil {
				err = op.Infer(id)
			}
			if err != nil {
				return err
			}
			v = copied
		}
		g.Outputs = append(g.Outputs, v)
		n.Gradients = append(n.Gradients, v.Name)
	}
	return sweep(g)
}

// sweep removes nodes that no output depends on.
func sweep(g *graph.Graph) error {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if slices.ContainsFunc(n.Outputs(), func(v *graph.Value) bool { return v != nil && !v.Unused() }) {
			continue
		}
		if err := g.Remove(n); err != nil {
			return err
		}
	}
	return nil
}
