package saliency

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// read is a node that reads a group's units with constant weights, and for each group of a grouped convolution the
// columns of each unit.
type read struct {
	*linear.Map
	group   *group.Group
	columns [][][]int // by convolution group, by unit
}

// reads lists the consumers of g in graph order. A grouped convolution whose groups are removed with the units, such as
// a depthwise one, does not count: it loses outputs, and its other outputs do not change. Whatever reads those outputs
// is listed.
func reads(a *group.Analysis, m *graph.Model, g *group.Group) []read {
	var out []read
	member := membersOf(g)
	for _, n := range m.Graph.AllNodes() {
		c := linear.Of(n)
		if c == nil || n.Graph() != m.Graph && !observed(m.Graph, c) || !member[group.Member{Value: n.In(0), Axis: c.In}] {
			continue
		}
		if c.Groups > 1 && member[group.Member{Value: n.Out(0), Axis: c.Out}] {
			continue
		}
		r := read{Map: c, group: g}
		units := a.Units(g, group.Member{Value: n.In(0), Axis: c.In})
		each := c.Cols / c.Taps
		for k := range c.Groups {
			columns := make([][]int, g.Units)
			for p, u := range units[k*each:][:each] {
				if u < 0 {
					continue
				}
				for t := range c.Taps {
					columns[u] = append(columns[u], p*c.Taps+t)
				}
			}
			r.columns = append(r.columns, columns)
		}
		out = append(out, r)
	}
	return out
}

// observed reports whether what c, a node of a subgraph, reads can be observed, under a name of its own: what is computed
// inside a subgraph is there while that runs only.
func observed(g *graph.Graph, c *linear.Map) bool {
	if c.X().Graph() != g {
		return false
	}
	named := 0
	for _, v := range g.AllValues() {
		if v.Name == c.Name() {
			named++
		}
	}
	return named == 1
}

func membersOf(g *group.Group) map[group.Member]bool {
	set := make(map[group.Member]bool, len(g.Members))
	for _, m := range g.Members {
		set[m] = true
	}
	return set
}

// product is a matrix product of two computed values that contracts an axis of g, as that of queries and keys contracts
// head dimensions.
type product struct{ a, b group.Member }

// products lists the products of computed values that contract units of g.
func products(m *graph.Model, g *group.Group) []product {
	var out []product
	member := membersOf(g)
	for _, n := range m.Graph.Nodes {
		x, y := n.In(0), n.In(1)
		if n.Domain != "" || n.Op != "MatMul" || x == nil || y == nil || x.Const != nil || y.Const != nil {
			continue
		}
		p := product{group.Member{Value: x, Axis: len(x.Type.Shape) - 1}, group.Member{Value: y, Axis: max(0, len(y.Type.Shape)-2)}}
		if p.a.Axis >= 0 && member[p.a] && member[p.b] {
			out = append(out, p)
		}
	}
	return out
}

// inputAxes asks for the moments of what the consumers of every group read, and of the operands of products.
func inputAxes(a *group.Analysis, m *graph.Model) []group.Member {
	var axes []group.Member
	for _, g := range a.Groups {
		for _, r := range reads(a, m, g) {
			axes = append(axes, group.Member{Value: r.Node.In(0), Axis: r.In})
		}
		for _, p := range products(m, g) {
			axes = append(axes, p.a, p.b)
		}
	}
	return axes
}

// wantMoments is the Request of criteria that look at single positions.
func wantMoments(a *group.Analysis, m *graph.Model) statistics.Request {
	return statistics.Request{Axes: inputAxes(a, m)}
}
