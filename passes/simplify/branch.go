package simplify

import "github.com/pollard-dev/pollard/graph"

// branchOutputs returns the values of enclosing graphs that a subgraph inside g returns without computing them. Such a
// value is read by its name alone: it has no Use that could be replaced, so its node must stay.
func branchOutputs(g *graph.Graph) map[*graph.Value]bool {
	found := map[*graph.Value]bool{}
	var walk func(*graph.Graph)
	walk = func(g *graph.Graph) {
		for _, n := range g.Nodes {
			for _, sub := range n.Subgraphs() {
				for _, v := range sub.Outputs {
					if v.Graph() != sub {
						found[v] = true
					}
				}
				walk(sub)
			}
		}
	}
	walk(g)
	return found
}
