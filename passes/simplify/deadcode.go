package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// DeadCode removes nodes and initializers that no output depends on.
var DeadCode = passes.Pass{
	Name: "deadcode", Doc: "removes what no output depends on",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		return forEach(m, sweep)
	},
}

// sweep removes what no output of g depends on.
func sweep(g *graph.Graph) (bool, error) {
	captured := map[*graph.Value]bool{} // a branch's output may be a value of g without being a use of it
	for _, n := range g.Nodes {
		for _, v := range n.Captures() {
			captured[v] = true
		}
	}
	live := liveNodes(g)
	dead := map[*graph.Node]bool{}
	for _, n := range g.Nodes {
		if !live[n] {
			dead[n] = true
		}
	}
	if err := g.RemoveNodes(dead); err != nil {
		return false, err
	}
	changed := len(dead) > 0
	for _, v := range append([]*graph.Value{}, g.Initializers...) {
		if v.Unused() && !v.IsInput() && !captured[v] {
			if err := g.RemoveValue(v); err != nil {
				return changed, err
			}
			changed = true
		}
	}
	return changed, nil
}

// liveNodes is the nodes that an output of g depends on.
func liveNodes(g *graph.Graph) map[*graph.Node]bool {
	live := map[*graph.Node]bool{}
	var open []*graph.Value
	open = append(open, g.Outputs...)
	for len(open) > 0 {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		n, _ := v.Def()
		if n == nil || n.Graph() != g || live[n] {
			continue
		}
		live[n] = true
		for _, in := range append(n.Captures(), n.Inputs()...) {
			if in != nil {
				open = append(open, in)
			}
		}
	}
	return live
}
