package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "Identity", Doc: "the input itself; https://onnx.ai/onnx/operators/onnx__Identity.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t := inType(n, 0)
			if t.DType == graph.Sequence {
				return []graph.Type{t}, nil
			}
			return []graph.Type{withElems(graph.TensorType(t.DType, t.Shape), inputElems(n, 0))}, nil
		},
		Couple: coupleSame,
		Grad:   gradReshaped, Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			return []*graph.Tensor{in[0]}, nil
		},
	})
}
