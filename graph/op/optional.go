package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "Optional", Doc: "a value that may be nothing; https://onnx.ai/onnx/operators/onnx__Optional.html",
		Since: 15, Until: Latest, MinIn: 0, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			if n.In(0) == nil {
				return []graph.Type{graph.TypeOf(graph.Nothing())}, nil
			}
			return []graph.Type{withoutElems(inType(n, 0))}, nil
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			if len(in) == 0 || in[0] == nil {
				return []*graph.Tensor{graph.Nothing()}, nil
			}
			return []*graph.Tensor{in[0]}, nil
		},
	})
}

func withoutElems(t graph.Type) graph.Type {
	t.Elems = nil
	return t
}
