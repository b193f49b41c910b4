package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(optimiserDef(Def{
		Name: "Adam", Doc: "a step of Adam; https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Adam.html",
	}, 2, func(n *graph.Node, rate float64, steps int64) (step, error) {
		alpha, beta := float64(n.Float("alpha", 0.9)), float64(n.Float("beta", 0.999))
		norm, post, epsilon := float64(n.Float("norm_coefficient", 0)), float64(n.Float("norm_coefficient_post", 0)), float64(n.Float("epsilon", 0))
		if steps > 0 { // both means started at 0
			rate *= math.Sqrt(1-math.Pow(beta, float64(steps))) / (1 - math.Pow(alpha, float64(steps)))
		}
		return func(x, g float64, moments []float64) float64 {
			g += norm * x
			moments[0] = alpha*moments[0] + (1-alpha)*g
			moments[1] = beta*moments[1] + (1-beta)*g*g
			return (1 - post) * (x - rate*moments[0]/(math.Sqrt(moments[1])+epsilon))
		}, nil
	}))
}
