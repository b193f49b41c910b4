package convert

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// witnesses names the values that the plan leaves whole and that hold the same in the cut model as in the
// masked one: every floating-point value that a node computes and that has no cut axis. Where the
// outputs say nothing (a detector that finds nothing in made-up images), they do.
func witnesses(simplified *graph.Model, a *group.Analysis, p *group.Plan) (names []string) {
	for _, v := range simplified.Graph.Values() {
		if n, _ := v.Def(); n == nil || !v.Type.DType.IsFloat() || v.Type.Shape == nil || v.IsOutput() {
			continue
		}
		whole := true
		for axis := range v.Type.Shape {
			whole = whole && a.Kept(p, v, axis) == nil
		}
		if whole {
			names = append(names, v.Name)
		}
	}
	return names
}

// empty reports whether no output has an element.
func empty(outputs map[string]*graph.Tensor) bool {
	for _, t := range outputs {
		if t.Len() > 0 {
			return false
		}
	}
	return true
}

// watched is a copy of m with the values of those names as further outputs.
func watched(m *graph.Model, names []string) (*graph.Model, error) {
	c, _ := m.Clone()
	for _, name := range names {
		v := c.Graph.Value(name)
		if v == nil {
			return nil, fmt.Errorf("value %q is gone", name)
		}
		if !slices.Contains(c.Graph.Outputs, v) {
			c.Graph.Outputs = append(c.Graph.Outputs, v)
		}
	}
	return c, nil
}
