package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "NonZero", Doc: "the positions of the elements that are not 0, one a column; https://onnx.ai/onnx/operators/onnx__NonZero.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferNonZero, Eval: evalNonZero,
	})
}

func inferNonZero(n *graph.Node) ([]graph.Type, error) {
	out := unknownShape(2)
	if x := inShape(n, 0); x != nil {
		out[0] = graph.Size(len(x))
	}
	if x := n.In(0); x != nil && x.IsConstant() { // how many there are depends on the contents
		v, ok := graph.Floats(x.Const)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", x.Const.DType())
		}
		count := 0
		for _, e := range v {
			if e != 0 {
				count++
			}
		}
		out[1] = graph.Size(count)
	}
	return []graph.Type{graph.TensorType(graph.Int64, out)}, nil
}

func evalNonZero(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	rows := make([][]int64, x.Rank())
	at := make([]int, x.Rank())
	count := 0
	for i, e := range v {
		if e == 0 {
			continue
		}
		count++
		unravel(i, x.Shape(), at)
		for d, p := range at {
			rows[d] = append(rows[d], int64(p))
		}
	}
	out := make([]int64, 0, count*x.Rank())
	for _, r := range rows {
		out = append(out, r...)
	}
	return []*graph.Tensor{graph.TensorOf(out, x.Rank(), count)}, nil
}
