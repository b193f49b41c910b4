package saliency

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// recurrence is a recurrent node whose gates read units: as its input by W, or as its state by R.
type recurrence struct {
	node         *graph.Node
	input, state group.Member // the values that the gates read, and their axes
}

// recurrences lists the recurrent nodes whose gates read units of g. The state that a step reads is what the node
// outputs for the step before.
func recurrences(m *graph.Model, g *group.Group) []recurrence {
	var out []recurrence
	member := membersOf(g)
	for _, n := range m.Graph.Nodes {
		if !op.Recurrent(n) || linear.Fixed(n, 1) == nil || linear.Fixed(n, op.StateWeights) == nil {
			continue
		}
		for _, v := range n.Outputs()[:min(2, len(n.Outputs()))] { // every state, or the last one
			if v == nil {
				continue
			}
			r := recurrence{n, group.Member{Value: n.In(0), Axis: 2}, group.Member{Value: v, Axis: len(v.Type.Shape) - 1}}
			if member[r.input] || member[r.state] {
				out = append(out, r)
			}
			break
		}
	}
	return out
}

// recurrenceTerm is a unit's share of the energy of the gates, if what they read is uncorrelated. Nothing makes up for
// what is removed.
func recurrenceTerm(in Input, g *group.Group, r recurrence) (share, error) {
	shares := make([]float64, g.Units)
	energy := 0.0
	member := membersOf(g)
	for i, read := range []group.Member{r.input, r.state} {
		weights := []int{1, op.StateWeights}[i]
		m := in.Statistics.Moments(read.Value, read.Axis)
		if m == nil {
			return nil, fmt.Errorf("node %s: no statistics of %q", r.node.Label(), read.Value.Name)
		}
		columns := make([]float64, len(m.Square)) // the energy that each contributes
		for i, w := range linear.Floats(r.node.In(weights).Const) {
			c := i % len(columns)
			columns[c] += w * w * m.SecondMoment(c)
		}
		for _, e := range columns {
			energy += e
		}
		if !member[read] {
			continue
		}
		for c, u := range in.Analysis.Units(g, read) {
			if u >= 0 {
				shares[u] += columns[c]
			}
		}
	}
	return scaled(shares, energy), nil
}
