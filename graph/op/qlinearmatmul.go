package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "QLinearMatMul", Doc: "matrix product of quantized numbers, quantized again; https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html",
		Since: 10, Until: Latest, MinIn: 8, MaxIn: 8, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{Abs: 1}, Rounds: true, Quantized: []int{0, 3},
		Infer: inferQLinearMatMul, Couple: coupleQLinearMatMul, Cost: costMatMul, Eval: evalQLinearMatMul,
	})
}

func inferQLinearMatMul(n *graph.Node) ([]graph.Type, error) {
	types, err := inferMatMulOf(n, 3)
	if err != nil {
		return nil, err
	}
	types[0].DType = inType(n, 7).DType
	a, b := inShape(n, 0), inShape(n, 3)
	for _, p := range []struct {
		at    int
		shape graph.Shape
		axis  int
		name  string
	}{{1, a, len(a) - 2, "a_scale"}, {2, a, len(a) - 2, "a_zero_point"}, {4, b, len(b) - 1, "b_scale"}, {5, b, len(b) - 1, "b_zero_point"},
		{6, graph.Shape{}, noInput, "y_scale"}, {7, graph.Shape{}, noInput, "y_zero_point"}} {
		if err := checkAlong(n, p.at, p.shape, p.axis, p.name); err != nil {
			return nil, err
		}
	}
	return types, nil
}

func coupleQLinearMatMul(n *graph.Node) (Coupling, error) {
	return coupleIntegerProduct(n, 3, []int{1, 2}, []int{4, 5})
}

func evalQLinearMatMul(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	a, err := centred(in, 0, 2, in[0].Rank()-2)
	if err != nil {
		return nil, err
	}
	b, err := centred(in, 3, 5, in[3].Rank()-1)
	if err != nil {
		return nil, err
	}
	sums, err := evalMatMul(n, []*graph.Tensor{a, b})
	if err != nil {
		return nil, err
	}
	y, _ := graph.Floats(sums[0])
	dims := sums[0].Shape()
	row := len(dims) - min(in[3].Rank(), 2) // of the output, where the left side has one
	column := len(dims) - 1
	if in[3].Rank() < 2 {
		column = noInput
	}
	return rescaled(y, dims, in, [2]int{1, row}, [2]int{4, column}, 6)
}
