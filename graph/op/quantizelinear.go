package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "QuantizeLinear", Doc: "round(x / scale) + zero point, held in the range; https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{Abs: 1}, // a quotient half-way between two steps
		Rounds:    true,
		Infer:     inferQuantizeLinear, Couple: coupleScaled, Eval: evalQuantizeLinear,
	})
}

// quantizedType returns the element type that a QuantizeLinear produces, or Undefined if that of
// its zero point is not known.
func quantizedType(n *graph.Node) (graph.DType, error) {
	stated := graph.DType(n.Int("output_dtype", 0))
	if n.Version < 21 {
		stated = graph.Undefined
	}
	if stated != graph.Undefined && !stated.Valid() {
		return 0, fmt.Errorf("output_dtype: want the number of an element type, have %d", stated)
	}
	if n.In(2) == nil {
		if stated == graph.Undefined {
			stated = graph.Uint8
		}
		return stated, nil
	}
	d := inType(n, 2).DType
	if stated != graph.Undefined && d != graph.Undefined && d != stated {
		return 0, fmt.Errorf("output_dtype: want %v as the zero point has, have %v", d, stated)
	}
	return d, nil
}

func inferQuantizeLinear(n *graph.Node) ([]graph.Type, error) {
	d, err := quantizedType(n)
	if err != nil {
		return nil, err
	}
	return []graph.Type{graph.TensorType(d, inShape(n, 0))}, inferScaled(n)
}

func evalQuantizeLinear(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	d, err := quantizedType(n)
	if err != nil {
		return nil, err
	}
	if len(in) > 2 && in[2] != nil {
		d = in[2].DType()
	}
	s, scale, zero, err := scaledInputs(n, in)
	if err != nil {
		return nil, err
	}
	if _, mini := minifloats[d]; mini {
		v, ok := graph.Floats(in[0])
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
		}
		for i := range v {
			v[i] = float64(float32(v[i]/scale[s.Of(i)]) + 0) // the zero point is 0, never a negative one
		}
		t, err := toMinifloats(d, v, in[0].Shape(), roundingOf(n))
		return []*graph.Tensor{t}, err
	}
	t, err := quantizeAll(in[0], d, s, scale, zero)
	return []*graph.Tensor{t}, err
}
