package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(optimiserDef(Def{
		Name: "Adagrad", Doc: "a step of Adagrad; https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Adagrad.html",
	}, 1, func(n *graph.Node, rate float64, steps int64) (step, error) {
		norm, epsilon := float64(n.Float("norm_coefficient", 0)), float64(n.Float("epsilon", 0))
		rate /= 1 + float64(steps)*float64(n.Float("decay_factor", 0))
		return func(x, g float64, squares []float64) float64 {
			g += norm * x
			squares[0] += g * g
			return x - rate*g/(math.Sqrt(squares[0])+epsilon)
		}, nil
	}))
}
