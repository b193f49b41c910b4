package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "GlobalLpPool", Doc: "p-norm over all spatial axes; https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html",
		Since: 2, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferGlobalPool, Couple: coupleGlobalPool,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			p, err := normOf(n)
			if err != nil {
				return nil, err
			}
			return evalGlobalPool(in[0], func(v []float64) float64 { return normOver(v, p) })
		},
	})
}
