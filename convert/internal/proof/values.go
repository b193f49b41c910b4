package proof

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// uncutBeforeDecisions names the values that decisions read, that the plan leaves whole, and that
// the cut model should therefore compute exactly as the masked one does. They are compared when the
// outputs say nothing, as those of a detector that finds nothing in made-up images.
func uncutBeforeDecisions(simplified *graph.Model, a *group.Analysis, p *group.Plan) (names []string) {
	for _, name := range BeforeDecisions(simplified.Graph, simplified.Graph) {
		v := simplified.Graph.Value(name)
		if v.Type.Shape == nil {
			continue
		}
		uncut := true
		for axis := range v.Type.Shape {
			uncut = uncut && a.Kept(p, v, axis) == nil
		}
		if uncut {
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

// withOutputs returns a copy of m with the named values as additional outputs.
func withOutputs(m *graph.Model, names []string) (*graph.Model, error) {
	c, _ := m.Clone()
	for _, name := range names {
		v := c.Graph.Value(name)
		if v == nil {
			return nil, fmt.Errorf("value %q is missing from the model", name)
		}
		if !slices.Contains(c.Graph.Outputs, v) {
			c.Graph.Outputs = append(c.Graph.Outputs, v)
		}
	}
	return c, nil
}

// evaluate returns the outputs of m, with sequences flattened, and separately the named values.
func evaluate(ctx context.Context, e runtime.Evaluator, m *graph.Model, names []string,
	feeds map[string]*graph.Tensor) (outputs, values map[string]*graph.Tensor, err error) {
	if len(names) == 0 {
		outputs, err = e.Evaluate(ctx, m, feeds)
		return flatten(outputs), nil, err
	}
	w, err := withOutputs(m, names)
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
	return flatten(outputs), values, nil
}
