package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "StringConcat", Doc: "strings one behind the other, with broadcasting; https://onnx.ai/onnx/operators/onnx__StringConcat.html",
		Since: 20, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, err := inferBroadcast(n, graph.String)
			return []graph.Type{t}, err
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			for i, x := range in {
				if x.DType() != graph.String {
					return nil, fmt.Errorf("input %d: want strings, have %v", i, x.DType())
				}
			}
			t, err := zip(in[0], in[1], func(x, y string) (string, error) { return x + y, nil })
			return []*graph.Tensor{t}, err
		},
	})
}
