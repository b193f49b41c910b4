package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "DynamicQuantizeLinear", Doc: "QuantizeLinear to uint8 by the range of the input; https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 3, MaxOut: 3,
		Tolerance: Tolerance{1, 1e-6}, Rounds: true,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			return []graph.Type{graph.TensorType(graph.Uint8, inShape(n, 0)), graph.TensorType(inType(n, 0).DType, graph.Shape{}),
				graph.TensorType(graph.Uint8, graph.Shape{})}, nil
		},
		// The range always includes 0, so zeros at removed positions do not change it: no Stat.
		Couple: func(n *graph.Node) (c Coupling, err error) {
			if n.Out(0) != nil {
				coupleAll(&c, n, 0, 0)
			}
			return c, nil
		},
		Eval: evalDynamicQuantizeLinear,
	})
}

func evalDynamicQuantizeLinear(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, ok := graph.Floats(in[0])
	if !ok || !in[0].DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
	}
	lo, hi := 0.0, 0.0
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	step, zero := QuantizationOf(float32(lo), float32(hi))
	scale := float64(step)
	y := make([]uint8, len(x))
	for i, v := range x {
		y[i] = uint8(quantize(v, scale, float64(zero), 0, math.MaxUint8))
	}
	s, err := fromFloats(in[0].DType(), []float64{scale}, nil)
	return []*graph.Tensor{graph.TensorOf(y, in[0].Shape()...), s, graph.TensorOf([]uint8{zero})}, err
}

// QuantizationOf returns the scale and the zero point with which a DynamicQuantizeLinear represents numbers between
// lo <= 0 and hi >= 0. It reckons in single precision, as the function that the operator's page defines it by. The
// scale is 1 if all numbers are zero or not all are finite.
func QuantizationOf(lo, hi float32) (scale float32, zero uint8) {
	scale = (hi - lo) / math.MaxUint8
	if s := float64(scale); s == 0 || math.IsNaN(s) || math.IsInf(s, 0) {
		scale = 1
	}
	return scale, uint8(quantize(-float64(lo), float64(scale), 0, 0, math.MaxUint8))
}
