package lossless

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

func init() { transfers["Softmax"] = softmax }

// softmax computes each slice separately along an axis that it does not normalize over.
// https://onnx.ai/onnx/operators/onnx__Softmax.html
func softmax(f *facts, n *graph.Node, _, axis int, of *group.Group) []slice {
	first, end, err := op.DecodeSoftmax(n, len(n.In(0).Type.Shape))
	if err != nil || axis >= first && axis < end {
		return nil
	}
	s := slices.Clone(f.of(n.In(0), axis, of))
	what := kind(n) + " " + rest(n.In(0), axis)
	for i, x := range s {
		if x.sym == one {
			return nil
		}
		s[i] = f.applied(what, x, interval{0, 1}, unary{})
	}
	return s
}
