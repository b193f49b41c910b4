package simplify

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// irWithConstants is the first IR version in which an initializer need not be a
// graph input (https://onnx.ai/onnx/repo-docs/IR.html).
const irWithConstants = 4

// Defaults makes initializers of old models constants. Before IR version 4 every
// initializer had to be listed among the inputs, so that being listed says
// nothing; from then on it says that callers may feed another value, and the
// initializer is left as it is.
var Defaults = passes.Pass{
	Name: "defaults", Doc: "takes the initializers of models before IR version 4 out of the inputs",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		if m.IRVersion >= irWithConstants {
			return false, nil
		}
		before := len(m.Graph.Inputs)
		inputs := slices.DeleteFunc(slices.Clone(m.Graph.Inputs), func(v *graph.Value) bool { return v.Const != nil })
		if len(inputs) == before {
			return false, nil
		}
		m.Graph.Inputs = inputs
		m.IRVersion = irWithConstants
		return true, nil
	},
}

// fixed reports whether v's contents are the same on every run.
func fixed(v *graph.Value) bool { return v.Const != nil && !v.IsInput() }
