package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "FusedGemm", Domain: microsoft,
		Doc:   "alpha A B + beta C and an activation; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.FusedGemm",
		Since: 1, Until: 1, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferGemm, Couple: coupleGemm, Cost: costGemm, Eval: evalFusedGemm,
	})
}

func evalFusedGemm(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	var params []float64
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if n.Attr(name) == nil {
			break
		}
		params = append(params, float64(n.Float(name, 0)))
	}
	f, err := activation(n.Str("activation", ""), params)
	if err != nil {
		return nil, err
	}
	out, err := evalGemm(n, in)
	if err != nil {
		return nil, err
	}
	return evalPointwise(out[0], f, false)
}
