package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "Size", Doc: "the number of elements; https://onnx.ai/onnx/operators/onnx__Size.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t := graph.TensorType(graph.Int64, graph.Shape{})
			if s := inShape(n, 0); s != nil {
				t = withElems(t, []graph.Dim{s.Elems()})
			}
			return []graph.Type{t}, nil
		},
		Couple: func(n *graph.Node) (c Coupling, err error) {
			pinInput(&c, n, 0, readAsNumber)
			return c, nil
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return []*graph.Tensor{graph.TensorOf([]int64{int64(in[0].Len())})}, nil
		},
	})
}
