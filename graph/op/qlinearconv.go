package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "QLinearConv", Doc: "convolution of quantized numbers, quantized again; https://onnx.ai/onnx/operators/onnx__QLinearConv.html",
		Since: 10, Until: Latest, MinIn: 8, MaxIn: 9, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{Abs: 1}, Rounds: true, Quantized: []int{3, 8},
		Infer: inferQLinearConv, Couple: coupleQLinearConv, Resize: resizeConv,
		Cost: func(n *graph.Node) Cost { return costConvOf(n, 3) }, Eval: evalQLinearConv,
	})
}

func inferQLinearConv(n *graph.Node) ([]graph.Type, error) {
	types, err := inferConvOf(n, 3, 8)
	if err != nil {
		return nil, err
	}
	types[0].DType = inType(n, 7).DType
	for i, name := range map[int]string{1: "x_scale", 2: "x_zero_point", 6: "y_scale", 7: "y_zero_point"} {
		if err := checkAlong(n, i, graph.Shape{}, noInput, name); err != nil {
			return nil, err
		}
	}
	if err := checkAlong(n, 4, inShape(n, 3), 0, "w_scale"); err != nil {
		return nil, err
	}
	return types, checkAlong(n, 5, inShape(n, 3), 0, "w_zero_point")
}

func coupleQLinearConv(n *graph.Node) (Coupling, error) {
	c, err := coupleConvOf(n, 3, 8)
	c.Stat = append(c.Stat, Stat{In(0, 1), standsForZero})
	coupleAlong(&c, n, 4, Out(0, 1))
	coupleAlong(&c, n, 5, Out(0, 1))
	return c, err
}

func evalQLinearConv(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, err := centred(in, 0, 2, noInput)
	if err != nil {
		return nil, err
	}
	w, err := centred(in, 3, 5, 0)
	if err != nil {
		return nil, err
	}
	operands := []*graph.Tensor{x, w}
	if len(in) > 8 && in[8] != nil {
		if in[8].Rank() != 1 || in[8].Len() != w.Shape()[0] {
			return nil, fmt.Errorf("b: want shape [%d], have %v", w.Shape()[0], in[8].Shape())
		}
		operands = append(operands, in[8])
	}
	sums, err := evalConv(n, operands)
	if err != nil {
		return nil, err
	}
	y, _ := graph.Floats(sums[0])
	return rescaled(y, sums[0].Shape(), in, [2]int{1, noInput}, [2]int{4, 1}, 6)
}

// rescaled turns sums of products into the numbers that they represent, by multiplying with the
// scales at two inputs, each along an axis. It quantizes the result as inputs at and at+1 state. The
// factor and the product with it are computed in single precision, as ONNX Runtime does.
func rescaled(y []float64, dims []int, in []*graph.Tensor, a, b [2]int, at int) ([]*graph.Tensor, error) {
	scaleA, err := alongAxis(in, a[0], dims, a[1])
	if err != nil {
		return nil, fmt.Errorf("scale: %w", err)
	}
	scaleB, err := alongAxis(in, b[0], dims, b[1])
	if err != nil {
		return nil, fmt.Errorf("scale: %w", err)
	}
	scale, _, err := scalarOf(in, at, "y_scale")
	if err != nil {
		return nil, err
	}
	for i := range y {
		factor := float32(float32(scaleA(i))*float32(scaleB(i))) / float32(scale)
		y[i] = float64(float32(y[i]) * factor)
	}
	return requantized(y, dims, in, at)
}
