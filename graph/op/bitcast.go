package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "BitCast", Doc: "the same bits as another type of that width; https://onnx.ai/onnx/operators/onnx__BitCast.html",
		Since: 26, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			d, err := castTarget(n)
			if err == nil {
				err = sameWidth(inType(n, 0).DType, d)
			}
			return []graph.Type{graph.TensorType(d, inShape(n, 0))}, err
		},
		Couple: coupleSame,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			d, err := castTarget(n)
			if err == nil {
				err = sameWidth(in[0].DType(), d)
			}
			if err != nil {
				return nil, err
			}
			t, err := graph.FromRaw(d, in[0].Shape(), in[0].Raw())
			return []*graph.Tensor{t}, err
		},
	})
}

// sameWidth rejects types of different widths. An unknown type passes.
func sameWidth(from, to graph.DType) error {
	if from != graph.Undefined && (from.Bits() == 0 || from.Bits() != to.Bits()) {
		return fmt.Errorf("to: want a type as wide as %v, have %v", from, to)
	}
	return nil
}
