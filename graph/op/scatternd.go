package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "ScatterND", Doc: "a copy with slices at given tuples of positions replaced or combined; https://onnx.ai/onnx/operators/onnx__ScatterND.html",
		Since: 11, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes: func(n *graph.Node, i int) Interval {
			if i != 1 {
				return Any
			}
			return positionsOf(smallest(inShape(n, 0)))
		},
		Infer: inferSame, Eval: evalScatterND,
	})
}

func evalScatterND(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	starts, size, err := slicesAt(in[1], in[0].Shape(), 0)
	if err != nil {
		return nil, err
	}
	at := make([]int, 0, len(starts)*size)
	for _, s := range starts {
		for i := range size {
			at = append(at, s+i)
		}
	}
	t, err := scatterAt(n, in[0], in[2], at)
	return []*graph.Tensor{t}, err
}
