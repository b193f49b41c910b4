package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Dropout", Doc: "identity at inference; https://onnx.ai/onnx/operators/onnx__Dropout.html",
		Since: 7, Until: Latest, MinIn: 1, MaxIn: 3, MinOut: 1, MaxOut: 2,
		Tolerance: Exact,
		Infer:     inferDropout,
		Couple: func(n *graph.Node) (c Coupling, err error) {
			coupleAll(&c, n, 0, 0)
			if n.Out(1) != nil {
				coupleAll(&c, n, 0, 1)
			}
			pinInput(&c, n, 1, isParameter)
			pinInput(&c, n, 2, isParameter)
			return c, nil
		},
		Grad: gradDropout, Eval: evalDropout,
	})
}

// maskType returns the element type of the mask: bool from opset 10 on, and that of the data
// before.
func maskType(n *graph.Node, data graph.DType) graph.DType {
	if n.Version < 10 {
		return data
	}
	return graph.Bool
}

func inferDropout(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	return []graph.Type{graph.TensorType(x.DType, x.Shape), graph.TensorType(maskType(n, x.DType), x.Shape)}, nil
}

func evalDropout(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	ratio := 0.5
	if len(in) > 1 && in[1] != nil {
		v, ok := graph.Floats(in[1])
		if !ok || len(v) != 1 {
			return nil, fmt.Errorf("ratio: want one number, have %v%v", in[1].DType(), in[1].Shape())
		}
		ratio = v[0]
	}
	training, err := intsOf(in, 2)
	if err != nil {
		return nil, err
	}
	if len(training) == 1 && training[0] != 0 && ratio != 0 {
		return nil, fmt.Errorf("training_mode: dropping elements at random is not supported")
	}
	out := []*graph.Tensor{in[0]}
	if n.Out(1) == nil {
		return out, nil
	}
	ones := make([]float64, in[0].Len())
	for i := range ones {
		ones[i] = 1
	}
	mask, err := fromFloats(maskType(n, in[0].DType()), ones, in[0].Shape())
	return append(out, mask), err
}

// gradDropout passes the gradient on, unless elements may be dropped.
func gradDropout(b *Backward) error {
	if mode := b.in(2); mode != nil && (mode.Const == nil || mode.Const.Len() != 1 || graph.Data[bool](mode.Const)[0]) {
		return noGradient("it may drop elements")
	}
	return gradReshaped(b)
}
