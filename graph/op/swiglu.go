package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "SwiGLU", Doc: "a sigmoid(alpha a) times b, of the same shape; https://onnx.ai/onnx/operators/onnx__SwiGLU.html",
		Since: 28, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			if a, b := inShape(n, 0), inShape(n, 1); a != nil && b != nil && len(a) != len(b) {
				return nil, fmt.Errorf("want two inputs of the same shape, have %v and %v", a, b)
			}
			return inferSame(n)
		},
		Couple: coupleBroadcastAll,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			if !slices.Equal(in[0].Shape(), in[1].Shape()) {
				return nil, fmt.Errorf("want two inputs of the same shape, have %v and %v", in[0].Shape(), in[1].Shape())
			}
			alpha := float64(n.Float("alpha", 1))
			t, err := zipFloats(in[0], in[1], func(a, b float64) float64 { return a * sigmoid(alpha*a) * b })
			return []*graph.Tensor{t}, err
		},
	})
}
