package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// maxUnshared is the size, in elements, of the largest tensor that is copied for each reader.
const maxUnshared = 1 << 16

// unshareVectors gives every reader of a shared vector its own copy. Exporters and optimizers store equal biases and
// scales once, for example if all are zero initially. One initializer would then tie the channels of every convolution
// that reads it. Shared matrices stay shared: tied weights are intended, and large.
var unshareVectors = passes.Pass{
	Name: "unshare", Doc: "gives every reader of a shared vector its own copy",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		changed := false
		for _, v := range append([]*graph.Value{}, m.Graph.Initializers...) {
			if !v.IsConstant() || !fine(v.Const.DType()) || v.IsOutput() || len(v.Uses()) < 2 || v.Const.Len() < 2 || v.Const.Len() > maxUnshared || !vector(v.Const) {
				continue
			}
			for _, u := range append([]graph.Use{}, v.Uses()[1:]...) {
				u.Node.SetInput(u.Index, m.Graph.AddConst(v.Name, v.Const))
				changed = true
			}
		}
		return changed, nil
	},
}

// fine reports whether elements of type d are weights, or belong to weights as the zero points of quantized ones do.
// Positions and extents are wider integers.
func fine(d graph.DType) bool { return d.IsFloat() || d.IsInt() && d.Bits() <= 16 }

// vector reports whether at most one axis of t has more than one position.
func vector(t *graph.Tensor) bool {
	wide := 0
	for _, d := range t.Shape() {
		if d != 1 {
			wide++
		}
	}
	return wide <= 1
}
