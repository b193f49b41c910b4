package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "LRN", Doc: "local response normalisation across neighbouring channels; https://onnx.ai/onnx/operators/onnx__LRN.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer:     inferLRN, Couple: coupleLRN, Eval: evalLRN,
	})
}

func inferLRN(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil && len(x) < 2 {
		return nil, fmt.Errorf("x: want at least 2 axes, have shape %v", x)
	}
	if size := n.Int("size", 0); size < 1 {
		return nil, fmt.Errorf("size: want a positive number, have %d", size)
	}
	return inferSame(n)
}

// coupleLRN lets channels be removed. Those that remain get other neighbours, so the statistic is
// over other positions and not over the same ones with zeros among them.
func coupleLRN(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	statOver(&c, n, 1, 2)
	return c, nil
}

func evalLRN(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, size := in[0], n.Int("size", 0)
	if x.Rank() < 2 || size < 1 {
		return nil, fmt.Errorf("x of shape %v, size %d: want at least 2 axes and a positive size", x.Shape(), size)
	}
	alpha, beta, bias := float64(n.Float("alpha", 1e-4)), float64(n.Float("beta", 0.75)), float64(n.Float("bias", 1))
	squares := make([]float64, x.Shape()[1])
	return onLanes(x, lanesOver(x.Shape(), 1, 2), func(lane []float64) {
		for i, e := range lane {
			squares[i] = e * e
		}
		for i := range lane {
			total := 0.0
			for j := max(0, i-(size-1)/2); j <= min(len(lane)-1, i+size/2); j++ {
				total += squares[j]
			}
			lane[i] /= math.Pow(bias+alpha/float64(size)*total, beta)
		}
	})
}
