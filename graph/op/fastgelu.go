package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "FastGelu", Domain: microsoft,
		Doc:   "Gelu by a hyperbolic tangent, of a tensor or of its sum with a bias over its last axis; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.FastGelu",
		Since: 1, Until: 1, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferBiased, Couple: coupleBroadcastAll,
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) { return evalBiased(in, geluTanh) },
	})
}
