package simplify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// commonSubexpressions keeps one of several nodes that compute the same. Weights are never merged: two that are equal
// today may be cut and repaired differently.
var commonSubexpressions = passes.Pass{
	Name: "cse", Doc: "keeps one of several nodes that compute the same",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		g := m.Graph
		first := map[string]*graph.Node{}
		dead := map[*graph.Node]bool{}
		ids := map[*graph.Value]int{}
		held := branchOutputs(g)
		for _, n := range g.Nodes {
			if op.Lookup(n) == nil || len(n.Subgraphs()) > 0 {
				continue // an unknown operator may be random
			}
			key, ok := signature(n, ids)
			if !ok {
				continue
			}
			kept := first[key]
			if kept == nil {
				first[key] = n
				continue
			}
			if !takeOver(g, kept, n, held) {
				continue
			}
			dead[n] = true
		}
		return len(dead) > 0, g.RemoveNodes(dead)
	},
}

// takeOver makes the readers of n read kept instead. It returns false if an output's name or a subgraph prevents that.
func takeOver(g *graph.Graph, kept, n *graph.Node, held map[*graph.Value]bool) bool {
	for i, v := range n.Outputs() {
		if v != nil && (v.IsOutput() || held[v] || kept.Out(i) == nil) {
			return false
		}
	}
	for i, v := range n.Outputs() {
		if v != nil {
			g.ReplaceUses(v, kept.Out(i))
		}
	}
	return true
}

// signature is equal for nodes that compute the same; ok is false for a node whose attributes are not compared.
func signature(n *graph.Node, ids map[*graph.Value]int) (key string, ok bool) {
	var b strings.Builder
	// The number of outputs determines what a Split without sizes computes.
	fmt.Fprintf(&b, "%s %d %d", n.OpName(), n.Version, len(n.Outputs()))
	for _, v := range n.Inputs() {
		id := 0
		if v != nil {
			if ids[v] == 0 {
				ids[v] = len(ids) + 1
			}
			id = ids[v]
		}
		fmt.Fprintf(&b, " %d", id)
	}
	attrs := map[string]string{}
	var names []string
	for _, a := range n.Attrs {
		switch a.Kind {
		case graph.AttrFloat, graph.AttrInt, graph.AttrString, graph.AttrFloats, graph.AttrInts, graph.AttrStrings:
		default:
			return "", false
		}
		attrs[a.Name] = fmt.Sprintf(" %q=%v %v %q %v %v %q", a.Name, a.Float, a.Int, a.String, a.Floats, a.Ints, a.Strings)
		names = append(names, a.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(attrs[name])
	}
	return b.String(), true
}
