package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("LayerNormalization", layerNorm) }

// layerNorm sees Scale and B. Where they differ along several axes it sees nothing.
// https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
func layerNorm(n *graph.Node, scale *graph.Tensor) *Map { return normalization(n, scale) }
