package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "SequenceLength", Doc: "the number of tensors in a sequence; https://onnx.ai/onnx/operators/onnx__SequenceLength.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			_, length, err := sequenceType(n, 0)
			return []graph.Type{withElems(graph.TensorType(graph.Int64, graph.Shape{}), []graph.Dim{length})}, err
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			items, err := itemsOf(in, 0)
			return []*graph.Tensor{graph.TensorOf([]int64{int64(len(items))})}, err
		},
	})
}
