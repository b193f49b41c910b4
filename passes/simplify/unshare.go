package simplify

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// maxUnshared is the largest tensor, in elements, that is copied for each reader.
const maxUnshared = 1 << 16

// unshareVectors gives every reader of a shared vector its own. Exporters and optimisers
// store equal biases and scales once (all zeroes after initialisation, say); left so,
// one initializer would tie the channels of every convolution that reads it. Shared matrices
// stay shared: tied weights are meant, and large.
var unshareVectors = passes.Pass{
	Name: "unshare", Doc: "gives every reader of a shared vector its own copy",
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		changed := false
		for _, v := range append([]*graph.Value{}, m.Graph.Initializers...) {
			if !v.IsConstant() || !fine(v.Const.DType()) || v.IsOutput() || len(v.Uses()) < 2 || v.Const.Len() < 2 || v.Const.Len() > maxUnshared || !vector(v.Const) {
				continue
			}
			for _, u := range append([]graph.Use{}, v.Uses()[1:]...) {
				if u.Node.Graph() != m.Graph {
					continue
				}
				u.Node.SetInput(u.Index, m.Graph.AddConst(v.Name, v.Const))
				changed = true
			}
		}
		return changed, nil
	},
}

// fine reports whether elements of type d are weights or what belongs to them, zero points of quantized ones for
// one; positions and extents are wider integers.
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
