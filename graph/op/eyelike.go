package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "EyeLike", Doc: "ones on the k-th diagonal of a matrix of the input's shape; https://onnx.ai/onnx/operators/onnx__EyeLike.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferEyeLike, Eval: evalEyeLike,
	})
}

func inferEyeLike(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape != nil && len(x.Shape) != 2 {
		return nil, fmt.Errorf("want a matrix, have shape %v", x.Shape)
	}
	return []graph.Type{graph.TensorType(graph.DType(n.Int("dtype", int(x.DType))), x.Shape)}, nil
}

func evalEyeLike(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() != 2 {
		return nil, fmt.Errorf("want a matrix, have shape %v", x.Shape())
	}
	k, cols := n.Int("k", 0), x.Shape()[1]
	y := make([]float64, x.Len())
	for i := range y {
		if i%cols-i/cols == k {
			y[i] = 1
		}
	}
	t, err := fromFloats(graph.DType(n.Int("dtype", int(x.DType()))), y, x.Shape())
	return []*graph.Tensor{t}, err
}
