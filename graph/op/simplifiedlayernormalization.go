package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "SimplifiedLayerNormalization",
		Doc: "root mean square 1 over the axes from axis on, then scale: ONNX Runtime's form of RMSNormalization, in ONNX's own domain; " +
			"https://onnx.ai/onnx/operators/onnx__RMSNormalization.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 2,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferSimplifiedLayerNormalization, Couple: coupleLayerNormalization, Eval: evalSimplifiedLayerNormalization,
	})
}

func inferSimplifiedLayerNormalization(n *graph.Node) ([]graph.Type, error) {
	types, err := inferLayerNormalization(n)
	if err != nil {
		return nil, err
	}
	return types[:2], nil // a factor, no mean
}

func evalSimplifiedLayerNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	axis, err := trailingAxis(n, graph.ShapeOf(x.Shape()...), graph.ShapeOf(in[1].Shape()...))
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := v[0]
	factors := scaleRows(y, volume(x.Shape()[axis:]), float64(n.Float("epsilon", 1e-5)))
	for i, k := range broadcastIndex(in[1].Shape(), x.Shape()) {
		y[i] *= v[1][k]
	}
	stat := append([]int{}, x.Shape()...)
	for d := axis; d < len(stat); d++ {
		stat[d] = 1
	}
	return layerNormalizationOutputs(n, x, y, factors, nil, stat)
}
