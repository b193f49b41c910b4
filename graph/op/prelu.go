package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "PRelu", Doc: "x where positive, slope x elsewhere, slope broadcast to x; https://onnx.ai/onnx/operators/onnx__PRelu.html",
		Since: 7, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Infer:     inferPRelu, Couple: coupleBroadcastAll, Eval: evalPRelu,
	})
}

func inferPRelu(n *graph.Node) ([]graph.Type, error) {
	x, slope := inShape(n, 0), inShape(n, 1)
	if x != nil && slope != nil {
		if err := broadcastsTo(slope, x); err != nil {
			return nil, fmt.Errorf("slope: %w", err)
		}
	}
	return inferSame(n)
}

func evalPRelu(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := broadcastsTo(graph.ShapeOf(in[1].Shape()...), graph.ShapeOf(in[0].Shape()...)); err != nil {
		return nil, fmt.Errorf("slope: %w", err)
	}
	t, err := combine(in[0], in[1],
		func(x, slope float64) float64 { return branch(x, slope*x) },
		func(x, slope int64) (int64, error) {
			if x > 0 {
				return x, nil
			}
			return slope * x, nil
		})
	return []*graph.Tensor{t}, err
}
