package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// Functions replaces calls of the model's own functions by the functions' bodies, because a call is an unknown operator.
// It comes once, before all other passes: none of them makes calls. A function that imports an opset in which one of its
// operators differs from the model's stays a call, because a graph has one version of each.
var Functions = passes.Pass{
	Name: "functions", Doc: "replaces calls of the model's own functions by their bodies",
	Breaks: []passes.Fact{typed, folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		changed, err := m.InlineCalls(func(f *graph.Function) bool { return fits(m, f) })
		if !changed || err != nil {
			return changed, err
		}
		for _, g := range inside(m.Graph) {
			for _, n := range g.Nodes {
				if v, imported := m.Opsets[n.Domain]; imported {
					n.Version = v
				}
			}
		}
		return true, nil
	},
}

// fits reports whether the nodes of f, other than calls, mean the same under the opsets of m.
func fits(m *graph.Model, f *graph.Function) bool {
	for _, g := range inside(f.Body) {
		for _, n := range g.Nodes {
			v, imported := m.Opsets[n.Domain]
			if imported && m.Function(n) == nil && !op.Means(n, v) {
				return false
			}
		}
	}
	return true
}
