package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "BiasGelu", Domain: microsoft,
		Doc:   "Gelu of the sum of a tensor and a bias over its last axis; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.BiasGelu",
		Since: 1, Until: 1, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferBiased, Couple: coupleBroadcastAll,
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) { return evalBiased(in, geluExact) },
	})
}

// inferBiased gives output 0 the type of input 0. A bias of one axis is added to input 0 if there
// is one.
func inferBiased(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if err := wantRank(n, 1, "bias", 1); err != nil {
		return nil, err
	}
	if b := inShape(n, 1); b != nil && x.Shape != nil {
		if err := broadcastsTo(b, x.Shape); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

// evalBiased applies f to every element with its bias added.
func evalBiased(in []*graph.Tensor, f func(float64) float64) ([]*graph.Tensor, error) {
	x := in[0]
	if b := tensorAt(in, 1); b != nil {
		if err := broadcastsTo(graph.ShapeOf(b.Shape()...), graph.ShapeOf(x.Shape()...)); err != nil {
			return nil, err
		}
		sum, err := zipFloats(x, b, func(x, y float64) float64 { return f(x + y) })
		return []*graph.Tensor{sum}, err
	}
	return evalPointwise(x, f, false)
}
