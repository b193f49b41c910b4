package op

import "github.com/pollard-dev/pollard/graph"

// bodyCost is the work of running a subgraph once: that of its nodes, for the types that inference
// left on its values.
func bodyCost(g *graph.Graph) graph.Dim {
	total := graph.Size(0)
	for _, n := range g.Nodes {
		if d := Lookup(n); d != nil && d.Cost != nil {
			total = total.Add(d.Cost(n).MACs)
		}
	}
	return total
}

// costIf is the work of the branch that is taken, if the condition is known, else of the larger one.
func costIf(n *graph.Node) Cost {
	then, other, err := branches(n)
	if err != nil {
		return Cost{graph.Unknown}
	}
	a, b := bodyCost(then), bodyCost(other)
	if cond, known := oneElem(n, 0); known && cond.Known() {
		if cond.Is(0) {
			return Cost{b}
		}
		return Cost{a}
	}
	x, knownX := a.Int64()
	y, knownY := b.Int64()
	if knownX && knownY && x < y {
		return Cost{b}
	}
	if !knownY {
		return Cost{graph.Unknown}
	}
	return Cost{a}
}

// costLoop is the work of all rounds, or of one if their number is not known before the loop runs.
func costLoop(n *graph.Node) Cost {
	body, _, err := loopOf(n)
	if err != nil {
		return Cost{graph.Unknown}
	}
	each := bodyCost(body)
	if trips, known := oneElem(n, 0); known && n.In(0) != nil {
		if count, known := trips.Int64(); known {
			return Cost{each.Mul(graph.Size64(max(0, count)))}
		}
	}
	return Cost{each}
}

// costScan is the work of all positions.
func costScan(n *graph.Node) Cost {
	s, err := scanOf(n)
	if err != nil {
		return Cost{graph.Unknown}
	}
	count := graph.Unknown
	for i := range s.inputs {
		shape := inShape(n, s.state+i)
		if axis, err := normalAxis(s.inAxes[i], len(shape)); err == nil && !count.Known() {
			count = shape[axis]
		}
	}
	return Cost{bodyCost(s.body).Mul(count)}
}
