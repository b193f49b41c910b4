package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "SequenceConstruct", Doc: "a sequence of the inputs; https://onnx.ai/onnx/operators/onnx__SequenceConstruct.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: variadic, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			item := inType(n, 0)
			for i := range n.Inputs() {
				item = graph.Join(item, inType(n, i))
			}
			return []graph.Type{graph.SequenceType(item, graph.Size(len(n.Inputs())))}, nil
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) { return sequenceOf(in) },
	})
}
