package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SequenceErase", Doc: "a sequence less one tensor, the last by default; https://onnx.ai/onnx/operators/onnx__SequenceErase.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, length, err := sequenceType(n, 0)
			if err == nil && length.Is(0) {
				err = fmt.Errorf("the sequence is empty")
			}
			return resized(t, length, -1), err
		},
		Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			items, err := itemsOf(in, 0)
			if err != nil {
				return nil, err
			}
			p, err := sequencePosition(in, 1, len(items), len(items)-1)
			if err != nil {
				return nil, err
			}
			return []*graph.Tensor{graph.SequenceOf(withoutItem(items, p)...)}, nil
		},
	})
}
