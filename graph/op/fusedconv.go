package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "FusedConv", Domain: microsoft,
		Doc:   "convolution, a tensor added, and an activation; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.FusedConv",
		Since: 1, Until: 1, MinIn: 2, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferFusedConv, Couple: coupleFusedConv, Resize: resizeConv, Cost: costConv, Eval: evalFusedConv,
	})
}

func inferFusedConv(n *graph.Node) ([]graph.Type, error) {
	types, err := inferConv(n)
	if err != nil || types[0].Shape == nil || inShape(n, 3) == nil {
		return types, err
	}
	z := inShape(n, 3)
	if len(z) != len(types[0].Shape) {
		return nil, fmt.Errorf("z: want shape %v, have %v", types[0].Shape, z)
	}
	for d, extent := range types[0].Shape {
		if extent.Known() && z[d].Known() && extent != z[d] {
			return nil, fmt.Errorf("z: want shape %v, have %v", types[0].Shape, z)
		}
	}
	return types, nil
}

func coupleFusedConv(n *graph.Node) (c Coupling, err error) {
	if c, err = coupleConv(n); err != nil {
		return c, err
	}
	coupleAll(&c, n, 3, 0)
	return c, nil
}

func evalFusedConv(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	params := make([]float64, 0, 2)
	if a := n.Attr("activation_params"); a != nil {
		for _, p := range a.Floats {
			params = append(params, float64(p))
		}
	}
	f, err := activation(n.Str("activation", ""), params)
	if err != nil {
		return nil, err
	}
	out, err := evalConv(n, in[:min(len(in), 3)])
	if err != nil {
		return nil, err
	}
	v, _ := graph.Floats(out[0])
	z, err := floatsAt(in, 3, "z", out[0].Shape()...)
	if err != nil {
		return nil, err
	}
	for i := range v {
		if z != nil {
			v[i] += z[i]
		}
		v[i] = f(v[i])
	}
	t, err := fromFloats(out[0].DType(), v, out[0].Shape())
	return []*graph.Tensor{t}, err
}
