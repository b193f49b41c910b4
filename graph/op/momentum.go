package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(optimiserDef(Def{
		Name: "Momentum", Doc: "a step of gradient descent with momentum; https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Momentum.html",
	}, 1, func(n *graph.Node, rate float64, steps int64) (step, error) {
		alpha, beta, norm := float64(n.Float("alpha", 0)), float64(n.Float("beta", 0)), float64(n.Float("norm_coefficient", 0))
		if steps == 0 {
			beta = 1 // the first gradient counts in full
		}
		mode := n.Str("mode", "")
		if mode != "standard" && mode != "nesterov" {
			return nil, fmt.Errorf("mode: %q is none of standard, nesterov", mode)
		}
		return func(x, g float64, momentum []float64) float64 {
			g += norm * x
			momentum[0] = alpha*momentum[0] + beta*g
			if mode == "nesterov" {
				return x - rate*(g+alpha*momentum[0])
			}
			return x - rate*momentum[0]
		}, nil
	}))
}
