package graph

import (
	"fmt"
	"strings"
)

// Captures lists the values of enclosing graphs that n's subgraphs read, each once.
func (n *Node) Captures() []*Value {
	var captured []*Value
	seen := map[*Value]bool{}
	var walk func(g *Graph, inside map[*Graph]bool)
	walk = func(g *Graph, inside map[*Graph]bool) {
		inside[g] = true
		note := func(v *Value) {
			if v != nil && !inside[v.graph] && !seen[v] {
				seen[v] = true
				captured = append(captured, v)
			}
		}
		for _, m := range g.Nodes {
			for _, v := range m.inputs {
				note(v)
			}
			for _, sub := range m.Subgraphs() {
				walk(sub, inside)
			}
		}
		for _, v := range g.Outputs {
			note(v)
		}
		delete(inside, g)
	}
	for _, sub := range n.Subgraphs() {
		walk(sub, map[*Graph]bool{})
	}
	return captured
}

// Sort orders the nodes so that every value is computed before it is read, keeping the present order where possible. It
// fails on a cycle and names a node of it.
func (g *Graph) Sort() error {
	const (
		fresh = iota
		open
		done
	)
	state := make(map[*Node]int, len(g.Nodes))
	sorted := make([]*Node, 0, len(g.Nodes))
	type frame struct {
		n    *Node
		deps []*Value
	}
	for _, root := range g.Nodes {
		if state[root] == done {
			continue
		}
		state[root] = open
		stack := []frame{{root, root.Reads()}} // an explicit stack: chains can be 10,000 nodes deep
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if len(f.deps) == 0 {
				state[f.n] = done
				sorted = append(sorted, f.n)
				stack = stack[:len(stack)-1]
				continue
			}
			v := f.deps[0]
			f.deps = f.deps[1:]
			if v == nil || v.def == nil || v.graph != g || state[v.def] == done {
				continue
			}
			if state[v.def] == open {
				var path []string
				for _, s := range stack {
					path = append(path, s.n.Label())
				}
				if len(path) > 4 {
					path = path[len(path)-4:]
				}
				return fmt.Errorf("node %s: the graph has a cycle through value %q (%s)",
					v.def.Label(), v.Name, strings.Join(path, " <- "))
			}
			state[v.def] = open
			stack = append(stack, frame{v.def, v.def.Reads()})
		}
	}
	g.Nodes = sorted
	return nil
}

// Reads lists the values that must be there before n runs: its inputs, nil where one is omitted, followed by what its
// subgraphs capture. The caller must not change the slice.
func (n *Node) Reads() []*Value {
	if len(n.Subgraphs()) == 0 {
		return n.inputs
	}
	return append(n.inputs[:len(n.inputs):len(n.inputs)], n.Captures()...)
}
