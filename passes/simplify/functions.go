package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// Functions puts what the model's own functions run in the place of their calls, for a call is an operator that
// nobody knows. It comes once, before anything else: no other pass makes calls. A function that imports an opset in which
// one of its operators is another than in the model's stays a call, because a graph is of one version.
var Functions = passes.Pass{
	Name: "functions", Doc: "replaces calls of the model's own functions by what they run",
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

// fits reports whether the nodes of f are what they are under the opsets of m too. Those that call functions are.
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
