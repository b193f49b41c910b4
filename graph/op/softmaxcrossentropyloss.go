package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SoftmaxCrossEntropyLoss", Doc: "the loss of the log-softmax of scores; https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html",
		Since: 12, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 2,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, err := inferLoss(n)
			x := inType(n, 0)
			return []graph.Type{t, graph.TensorType(x.DType, x.Shape)}, err
		},
		Couple: func(n *graph.Node) (Coupling, error) {
			c, err := coupleLoss(n)
			if n.Out(1) != nil {
				coupleAll(&c, n, 0, 1)
			}
			return c, err
		},
		Eval: evalSoftmaxCrossEntropyLoss,
	})
}

func evalSoftmaxCrossEntropyLoss(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	scores, err := lossScores(in)
	if err != nil {
		return nil, err
	}
	l := lanesOver(in[0].Shape(), 1, 2)
	buf := make([]float64, l.size)
	l.each(func(_, first int) {
		lane := take(l, scores, first, buf)
		most, total := math.Inf(-1), 0.0
		for _, x := range lane {
			most = math.Max(most, x)
		}
		for _, x := range lane {
			total += math.Exp(x - most)
		}
		for k := range lane {
			lane[k] -= most + math.Log(total)
		}
		put(l, scores, first, lane)
	})
	loss, err := evalLoss(n, in, scores)
	if err != nil {
		return nil, err
	}
	logs, err := fromFloats(in[0].DType(), scores, in[0].Shape())
	return []*graph.Tensor{loss, logs}, err
}
