package simplify

import "github.com/pollard-dev/pollard/graph"

// inside lists g and the graphs in attributes of its nodes, at any depth, inner ones first: what an inner graph no
// longer reads may be unused in an outer one.
func inside(g *graph.Graph) []*graph.Graph {
	var all []*graph.Graph
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			all = append(all, inside(sub)...)
		}
	}
	return append(all, g)
}

// forEach runs a rewrite on m's graph and on every graph inside.
func forEach(m *graph.Model, rewrite func(*graph.Graph) (bool, error)) (bool, error) {
	any := false
	for _, g := range inside(m.Graph) {
		changed, err := rewrite(g)
		if err != nil {
			return any, err
		}
		any = any || changed
	}
	return any, nil
}
