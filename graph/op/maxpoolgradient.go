package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MaxPoolGradient", Domain: Gradients, Since: 1, Until: 1,
		Doc:   "the gradient of a MaxPool by its input, from that of its output and the input: the first largest element gets all",
		MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1, Tolerance: Tolerance{1e-6, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			x := inType(n, 1)
			return []graph.Type{graph.TensorType(x.DType, x.Shape)}, nil
		},
		Eval: evalMaxPoolGradient,
	})
}

func evalMaxPoolGradient(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	geo, win, v, dims, err := poolInput(n, in[1])
	if err != nil {
		return nil, err
	}
	g, err := floatInputs(in[:1])
	if err != nil {
		return nil, err
	}
	if !slices.Equal(dims, in[0].Shape()) {
		return nil, fmt.Errorf("want a gradient of shape %v, have %v", dims, in[0].Shape())
	}
	dx, o := make([]float64, len(v)), 0
	geo.windows(in[1], func(plane int, at []int) {
		best, where := math.Inf(-1), -1
		win.visit(in[1].Shape()[2:], at, func(_, index int) {
			if e := v[plane+index]; where < 0 || e > best || math.IsNaN(e) {
				best, where = e, index
			}
		})
		if where >= 0 {
			dx[plane+where] += g[0][o]
		}
		o++
	})
	t, err := fromFloats(in[1].DType(), dx, in[1].Shape())
	return []*graph.Tensor{t}, err
}
