package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "NegativeLogLikelihoodLoss", Doc: "the right class's log-probability, negated; https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html",
		Since: 12, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, err := inferLoss(n)
			return []graph.Type{t}, err
		},
		Couple: coupleLoss,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			scores, err := lossScores(in)
			if err != nil {
				return nil, err
			}
			t, err := evalLoss(n, in, scores)
			return []*graph.Tensor{t}, err
		},
	})
}
