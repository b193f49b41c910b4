package graph

import (
	"fmt"
	"slices"
)

// Check verifies every invariant of the representation: names are unique and registered, def and use links are mutual,
// the order is topological, and contents agree with declared types. passes.Run calls it after each pass. An error is a
// defect in whatever edited the graph or, for a graph that was just read, in the file.
func (m *Model) Check() error {
	if m.Graph == nil {
		return fmt.Errorf("model has no graph")
	}
	if err := m.checkFunctions(); err != nil {
		return err
	}
	return m.Graph.check()
}

func (g *Graph) check() error {
	defined := map[*Value]bool{}
	for _, v := range g.Inputs {
		defined[v] = true
	}
	for _, v := range g.Initializers {
		if v.Const == nil {
			return fmt.Errorf("initializer %q has no contents", v.Name)
		}
		if v.Type.DType != v.Const.DType() {
			return fmt.Errorf("initializer %q: declared %v, holds %v", v.Name, v.Type.DType, v.Const.DType())
		}
		defined[v] = true
	}
	for i, n := range g.Nodes {
		if n.graph != g {
			return fmt.Errorf("node %s belongs to another graph", n.Label())
		}
		if err := n.check(g, defined); err != nil {
			return fmt.Errorf("node %d %s: %w", i, n.Label(), err)
		}
	}
	for _, v := range g.Outputs {
		if !defined[v] && v.graph == g {
			return fmt.Errorf("output %q: nothing computes it", v.Name)
		}
	}
	if len(defined) != len(g.values) {
		for name, v := range g.values {
			if !defined[v] {
				return fmt.Errorf("value %q: nothing computes it", name)
			}
		}
	}
	for v := range defined {
		if g.values[v.Name] != v || v.graph != g {
			return fmt.Errorf("value %q is not registered under its name", v.Name)
		}
		for _, u := range v.uses {
			if u.Node.graph == nil || u.Node.In(u.Index) != v {
				return fmt.Errorf("value %q: stale use by %s", v.Name, u.Node.Label())
			}
		}
	}
	return nil
}

func (n *Node) check(g *Graph, defined map[*Value]bool) error {
	for i, v := range n.inputs {
		if v == nil {
			continue
		}
		if v.graph == g && !defined[v] {
			return fmt.Errorf("input %d %q is read before anything computes it", i, v.Name)
		}
		if !slices.Contains(v.uses, Use{n, i}) {
			return fmt.Errorf("input %d %q does not know of this use", i, v.Name)
		}
	}
	for _, v := range n.Captures() {
		if v.graph == g && !defined[v] {
			return fmt.Errorf("a subgraph reads %q before anything computes it", v.Name)
		}
	}
	for i, v := range n.outputs {
		if v == nil {
			continue
		}
		if d, at := v.Def(); d != n || at != i {
			return fmt.Errorf("output %d %q names another node as its source", i, v.Name)
		}
		if defined[v] {
			return fmt.Errorf("output %d %q is computed twice", i, v.Name)
		}
		defined[v] = true
	}
	for _, sub := range n.Subgraphs() {
		if sub.Outer != g {
			return fmt.Errorf("subgraph %q has another outer graph", sub.Name)
		}
		if err := sub.check(); err != nil {
			return fmt.Errorf("subgraph %q: %w", sub.Name, err)
		}
	}
	return nil
}
