package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("RMSNormalization", rmsNorm) }

// rmsNorm reads the scale; there is no bias. https://onnx.ai/onnx/operators/onnx__RMSNormalization.html
func rmsNorm(n *graph.Node, scale *graph.Tensor) *Map { return normalization(n, scale) }
