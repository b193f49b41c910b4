package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "SequenceAt", Doc: "one tensor of a sequence; https://onnx.ai/onnx/operators/onnx__SequenceAt.html",
		Since: 11, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, _, err := sequenceType(n, 0)
			return []graph.Type{t.ItemType()}, err
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			items, err := itemsOf(in, 0)
			if err != nil {
				return nil, err
			}
			p, err := sequencePosition(in, 1, len(items), -1)
			if err != nil {
				return nil, err
			}
			return []*graph.Tensor{items[p]}, nil
		},
	})
}
