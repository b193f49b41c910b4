package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "CastLike", Doc: "the element type of another tensor; https://onnx.ai/onnx/operators/onnx__CastLike.html",
		Since: 15, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			return []graph.Type{castType(n, inType(n, 1).DType)}, nil
		},
		Couple: func(n *graph.Node) (c Coupling, err error) {
			coupleAll(&c, n, 0, 0)
			for d, extent := range inShape(n, 1) { // only its type is read
				c.free(In(1, d), extent)
			}
			return c, nil
		},
		Grad: gradCast, Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			t, err := cast(in[0], in[1].DType(), roundingOf(n))
			return []*graph.Tensor{t}, err
		},
	})
}
