package op

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SequenceInsert", Doc: "a sequence with one more tensor, the last by default; https://onnx.ai/onnx/operators/onnx__SequenceInsert.html",
		Since: 11, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, length, err := sequenceType(n, 0)
			joined := graph.Join(t, graph.SequenceType(inType(n, 1), graph.Size(1)))
			return resized(joined, length, 1), err
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			items, err := itemsOf(in, 0)
			if err != nil {
				return nil, err
			}
			p, err := sequencePosition(in, 2, len(items)+1, len(items))
			if err != nil {
				return nil, err
			}
			if len(in) > 2 && in[2] != nil { // negative ones count from the last tensor, not from the place after it
				if at, _ := oneNumber("position", in[2]); at < 0 {
					if p, err = wrapIndex(at, len(items)); err != nil {
						return nil, err
					}
				}
			}
			return sequenceOf(slices.Insert(slices.Clone(items), p, in[1]))
		},
	})
}
