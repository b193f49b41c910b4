package proof

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// witnesses names the values that decisions are made from, that the plan leaves whole and that hold the same in the cut model as in the
// masked one. Where the outputs say nothing (a detector that finds nothing in made-up images), they do.
func witnesses(simplified *graph.Model, a *group.Analysis, p *group.Plan) (names []string) {
	for _, name := range Undecided(simplified.Graph, simplified.Graph) {
		v := simplified.Graph.Value(name)
		if v.Type.Shape == nil {
			continue
		}
		whole := true
		for axis := range v.Type.Shape {
			whole = whole && a.Kept(p, v, axis) == nil
		}
		if whole {
			names = append(names, name)
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

// evaluated gives the outputs of m, sequences taken apart, and apart from them the values of those names.
func evaluated(ctx context.Context, e runtime.Evaluator, m *graph.Model, names []string, feeds map[string]*graph.Tensor) (outputs, values map[string]*graph.Tensor, err error) {
	if len(names) == 0 {
		outputs, err = e.Evaluate(ctx, m, feeds)
		return items(outputs), nil, err
	}
	w, err := watched(m, names)
	if err != nil {
		return nil, nil, err
	}
	all, err := e.Evaluate(ctx, w, feeds)
	if err != nil {
		return nil, nil, err
	}
	outputs, values = map[string]*graph.Tensor{}, map[string]*graph.Tensor{}
	for _, v := range m.Graph.Outputs {
		outputs[v.Name] = all[v.Name]
	}
	for _, name := range names {
		values[name] = all[name]
	}
	return items(outputs), values, nil
}
