package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("LayerNormalization", layerNorm) }

// layerNorm reads Scale and B, unless they vary along several axes.
// https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
func layerNorm(n *graph.Node, scale *graph.Tensor) *Map { return normalization(n, scale) }
