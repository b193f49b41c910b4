package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "ConvInteger", Doc: "convolution of integers, less their zero points, to int32; https://onnx.ai/onnx/operators/onnx__ConvInteger.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Exact, Quantized: []int{1},
		Infer: inferConvInteger, Couple: coupleConvInteger, Resize: resizeConv, Cost: costConv, Eval: evalConvInteger,
	})
}

// noInput is an input index that no node has.
const noInput = -1

func inferConvInteger(n *graph.Node) ([]graph.Type, error) {
	types, err := inferConvOf(n, 1, noInput)
	if err != nil {
		return nil, err
	}
	types[0].DType = graph.Int32
	if err := checkAlong(n, 2, inShape(n, 0), noInput, "x_zero_point"); err != nil {
		return nil, err
	}
	return types, checkAlong(n, 3, inShape(n, 1), 0, "w_zero_point")
}

func coupleConvInteger(n *graph.Node) (Coupling, error) {
	c, err := coupleConvOf(n, 1, noInput)
	c.Stat = append(c.Stat, Stat{In(0, 1), standsForZero})
	coupleAlong(&c, n, 3, Out(0, 1))
	return c, err
}

func evalConvInteger(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, err := centred(in, 0, 2, noInput)
	if err != nil {
		return nil, err
	}
	w, err := centred(in, 1, 3, 0)
	if err != nil {
		return nil, err
	}
	y, err := evalConv(n, []*graph.Tensor{x, w})
	if err != nil {
		return nil, err
	}
	return wholes(y[0])
}
