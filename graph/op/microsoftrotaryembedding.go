package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	at := rotaryInputs{cos: 2, sin: 3, positions: 1}
	register(Def{
		Name: "RotaryEmbedding", Domain: microsoft,
		Doc:   "pairs of positions of every head rotated by an angle; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.RotaryEmbedding",
		Since: 1, Until: 1, MinIn: 4, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Takes: func(n *graph.Node, i int) Interval { // rows of the tables of angles
			if cos := inShape(n, 2); i == 1 && len(cos) > 0 {
				return positionsOf(cos[0])
			}
			return Any
		},
		Infer:  func(n *graph.Node) ([]graph.Type, error) { return inferRotary(n, at) },
		Couple: func(n *graph.Node) (Coupling, error) { return coupleRotary(n, at) },
		Resize: resizeRotary,
		Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
			if n.Int("is_packed_batching", 0) != 0 || n.Float("scale", 1) != 1 {
				return nil, fmt.Errorf("is_packed_batching, and a scale other than 1, are not supported")
			}
			return evalRotary(n, in, at)
		},
	})
}
