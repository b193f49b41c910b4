package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("Mul", mul) }

// mul reads the product with a constant vector along one axis as a Map, with the vector that an Add right behind it adds
// as the bias: the end of a LayerNormalization that was exported in pieces, or the scale of a residual branch.
// https://onnx.ai/onnx/operators/onnx__Mul.html
func mul(n *graph.Node, _ *graph.Tensor) *Map {
	for at := 1; at >= 0; at-- {
		if w := Fixed(n, at); w != nil {
			return diagonal(n, w, at, -1)
		}
	}
	return nil
}
