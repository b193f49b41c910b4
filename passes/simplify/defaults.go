package simplify

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// fixDefaults makes initializers of inputs that are weights: since IR version 4 an initializer that is listed
// among the inputs is a default that callers may override
// (https://onnx.ai/onnx/repo-docs/IR.html#graphs), and exporters list all of them there, out of
// habit. Of a model that lists some only, numbers that are no weights stay inputs: a threshold, a
// sample rate.
var fixDefaults = passes.Pass{
	Name: "defaults", Doc: "takes weights that are inputs as well for weights",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		g := m.Graph
		fixed := FixedInputs(m)
		g.Inputs = slices.DeleteFunc(g.Inputs, func(v *graph.Value) bool { return slices.Contains(fixed, v) })
		return len(fixed) > 0, nil
	},
}

// FixedInputs returns the inputs of m whose defaults simplification takes for constants. Callers of
// the simplified model cannot override them.
func FixedInputs(m *graph.Model) (fixed []*graph.Value) {
	listed := func(v *graph.Value) bool { return v.Const == nil || v.Unused() || v.IsInput() }
	habit := slices.ContainsFunc(m.Graph.Inputs, isWeight) && !slices.ContainsFunc(m.Graph.Initializers, func(v *graph.Value) bool { return !listed(v) })
	for _, v := range m.Graph.Inputs {
		if v.Const != nil && (habit || isWeight(v)) {
			fixed = append(fixed, v)
		}
	}
	return fixed
}

// isWeight reports whether v has a default that looks like weights: several real numbers.
func isWeight(v *graph.Value) bool {
	return v.Const != nil && v.Const.DType().IsFloat() && v.Const.Len() > 1
}
