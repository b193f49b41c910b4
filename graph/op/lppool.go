package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "LpPool", Doc: "p-norm over a sliding window; https://onnx.ai/onnx/operators/onnx__LpPool.html",
		Since: 2, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			if _, err := normOf(n); err != nil {
				return nil, err
			}
			return inferPool(n)
		},
		Couple: couplePool, Eval: evalLpPool,
	})
}

// normOf returns the attribute p.
func normOf(n *graph.Node) (float64, error) {
	p := n.Int("p", 2)
	if p < 1 {
		return 0, fmt.Errorf("p: want a positive number, have %d", p)
	}
	return float64(p), nil
}

// normOver returns the p-norm of v.
func normOver(v []float64, p float64) float64 {
	total := 0.0
	for _, x := range v {
		total += math.Pow(math.Abs(x), p)
	}
	return math.Pow(total, 1/p)
}

func evalLpPool(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	p, err := normOf(n)
	if err != nil {
		return nil, err
	}
	geo, win, v, dims, err := poolInput(n, in[0])
	if err != nil {
		return nil, err
	}
	size := in[0].Shape()[2:]
	y := make([]float64, 0, volume(dims))
	geo.windows(in[0], func(plane int, at []int) {
		var seen []float64
		win.visit(size, at, func(_, index int) { seen = append(seen, v[plane+index]) })
		y = append(y, normOver(seen, p))
	})
	t, err := fromFloats(in[0].DType(), y, dims)
	return []*graph.Tensor{t}, err
}
