package linear

import "github.com/pollard-dev/pollard/graph"

func init() { register("InstanceNormalization", instanceNorm) }

// instanceNorm reads scale and B. https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html
func instanceNorm(n *graph.Node, scale *graph.Tensor) *Map { return channelNorm(n, scale) }
