package simplify

import "github.com/pollard-dev/pollard/graph"

// branchOutputs is the values that a subgraph inside g gives back without computing
// them: values of the graph around it. Such a value is read there by its name alone, it
// has no Use that could be turned to another value, so that its node must stay as it is.
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
