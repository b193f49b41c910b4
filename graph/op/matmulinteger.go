package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "MatMulInteger", Doc: "matrix product of integers, less their zero points, to int32; https://onnx.ai/onnx/operators/onnx__MatMulInteger.html",
		Since: 10, Until: Latest, MinIn: 2, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Exact, Quantized: []int{0, 1},
		Infer: inferMatMulInteger, Couple: coupleMatMulInteger, Cost: costMatMul, Eval: evalMatMulInteger,
	})
}

func inferMatMulInteger(n *graph.Node) ([]graph.Type, error) {
	types, err := inferMatMulOf(n, 1)
	if err != nil {
		return nil, err
	}
	types[0].DType = graph.Int32
	a, b := inShape(n, 0), inShape(n, 1)
	if err := checkAlong(n, 2, a, len(a)-2, "a_zero_point"); err != nil {
		return nil, err
	}
	return types, checkAlong(n, 3, b, len(b)-1, "b_zero_point")
}

func coupleMatMulInteger(n *graph.Node) (Coupling, error) {
	return coupleIntegerProduct(n, 1, []int{2}, []int{3})
}

// coupleIntegerProduct is the coupling of a product of integers whose right side is input right.
// There are vectors for the rows of the left side and the columns of the right side.
func coupleIntegerProduct(n *graph.Node, right int, rows, columns []int) (Coupling, error) {
	c, err := coupleMatMulOf(n, right)
	a, b := inShape(n, 0), inShape(n, right)
	c.Stat = append(c.Stat, Stat{In(0, len(a)-1), standsForZero})
	for _, i := range rows {
		coupleAlong(&c, n, i, In(0, len(a)-2))
	}
	for _, i := range columns {
		coupleAlong(&c, n, i, In(right, len(b)-1))
	}
	return c, err
}

func evalMatMulInteger(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	a, err := centred(in, 0, 2, in[0].Rank()-2)
	if err != nil {
		return nil, err
	}
	b, err := centred(in, 1, 3, in[1].Rank()-1)
	if err != nil {
		return nil, err
	}
	y, err := evalMatMul(n, []*graph.Tensor{a, b})
	if err != nil {
		return nil, err
	}
	return wholes(y[0])
}
