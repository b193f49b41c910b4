package graph

// AllNodes lists the nodes of g and of the graphs inside it, each before those of its own subgraphs.
func (g *Graph) AllNodes() []*Node {
	var all []*Node
	g.allNodes(func(n *Node) bool {
		all = append(all, n)
		return true
	})
	return all
}

// AllValues lists the values of g as Values does, and then those of the graphs inside it, in the order of AllNodes.
func (g *Graph) AllValues() []*Value {
	all := g.Values()
	for _, n := range g.AllNodes() {
		for _, sub := range n.Subgraphs() {
			all = append(all, sub.Values()...)
		}
	}
	return all
}
