package fuse

import "github.com/pollard-dev/pollard/graph"

func init() { register("Mul", swish) }

// swish finds x sigmoid(x) (https://onnx.ai/onnx/operators/onnx__Swish.html).
func swish(n *graph.Node) *fused {
	for _, s := range sides(n) {
		if d := from(s[1], "Sigmoid"); d != nil && d.In(0) == s[0] {
			return &fused{op: "Swish", version: 24, inputs: []*graph.Value{s[0]}}
		}
	}
	return nil
}
