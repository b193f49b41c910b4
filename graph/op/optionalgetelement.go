package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "OptionalGetElement", Doc: "a value that is not nothing; https://onnx.ai/onnx/operators/onnx__OptionalGetElement.html",
		Since: 15, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t := inType(n, 0)
			if t.DType == graph.None {
				return nil, errNothing
			}
			return []graph.Type{withoutElems(t)}, nil
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			if in[0].DType() == graph.None {
				return nil, errNothing
			}
			return []*graph.Tensor{in[0]}, nil
		},
	})
}

var errNothing = fmt.Errorf("input 0: want something, have nothing")
