package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SequenceEmpty", Doc: "a sequence of no tensors; https://onnx.ai/onnx/operators/onnx__SequenceEmpty.html",
		Since: 11, Until: Latest, MinIn: 0, MaxIn: 0, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			d := graph.DType(n.Int("dtype", int(graph.Float32)))
			if !d.Valid() {
				return nil, fmt.Errorf("dtype: there is no element type %d", n.Int("dtype", 0))
			}
			return []graph.Type{graph.SequenceType(graph.TensorType(d, nil), graph.Size(0))}, nil
		},
		Eval: func(*graph.Node, []*graph.Tensor) ([]*graph.Tensor, error) {
			return []*graph.Tensor{graph.SequenceOf()}, nil
		},
	})
}
