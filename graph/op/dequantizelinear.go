package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "DequantizeLinear", Doc: "(x - zero point) scale; https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6}, Quantized: []int{0},
		Infer: inferDequantizeLinear, Couple: coupleScaled, Eval: evalDequantizeLinear,
	})
}

// dequantizedType returns the element type of a DequantizeLinear's result. It is that of the scale,
// unless an attribute (from opset 23 on) states another.
func dequantizedType(n *graph.Node, scale graph.DType) (graph.DType, error) {
	stated := graph.DType(n.Int("output_dtype", 0))
	if n.Version < 23 || stated == graph.Undefined {
		return scale, nil
	}
	if !stated.IsFloat() {
		return 0, fmt.Errorf("output_dtype: want a floating-point type, have %v", stated)
	}
	return stated, nil
}

func inferDequantizeLinear(n *graph.Node) ([]graph.Type, error) {
	d, err := dequantizedType(n, inType(n, 1).DType)
	if err != nil {
		return nil, err
	}
	return []graph.Type{graph.TensorType(d, inShape(n, 0))}, inferScaled(n)
}

func evalDequantizeLinear(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	d, err := dequantizedType(n, in[1].DType())
	if err != nil {
		return nil, err
	}
	s, scale, zero, err := scaledInputs(n, in)
	if err != nil {
		return nil, err
	}
	x, ok := realNumbers(in[0])
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
	}
	y := make([]float64, len(x))
	for i, v := range x {
		k := s.Of(i)
		y[i] = (v - float64(zero[k])) * scale[k]
	}
	t, ok := graph.FromFloats(d, y, in[0].Shape()...)
	if !ok {
		return nil, fmt.Errorf("output of type %v is not supported", d)
	}
	return []*graph.Tensor{t}, nil
}
