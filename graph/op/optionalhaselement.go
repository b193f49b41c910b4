package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "OptionalHasElement", Doc: "whether a value is not nothing; https://onnx.ai/onnx/operators/onnx__OptionalHasElement.html",
		Since: 15, Until: Latest, MinIn: 0, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t := graph.TensorType(graph.Bool, graph.Shape{})
			switch d := inType(n, 0).DType; {
			case n.In(0) == nil || d == graph.None:
				t.Elems = graph.ShapeOf(0)
			case d != graph.Undefined:
				t.Elems = graph.ShapeOf(1)
			}
			return []graph.Type{t}, nil
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			has := len(in) > 0 && in[0] != nil && in[0].DType() != graph.None
			return []*graph.Tensor{graph.TensorOf([]bool{has})}, nil
		},
	})
}
