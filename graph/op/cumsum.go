package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "CumSum", Doc: "sums of the elements up to each position of an axis; https://onnx.ai/onnx/operators/onnx__CumSum.html",
		Since: 11, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferSame,
		Couple:    coupleSame, // zeroes add nothing to the sums at other positions
		Eval:      evalCumSum,
	})
}

func evalCumSum(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	a, ok := graph.Ints(in[1])
	if !ok || len(a) != 1 {
		return nil, fmt.Errorf("axis: want one integer, have %v%v", in[1].DType(), in[1].Shape())
	}
	axis, err := normalAxis(graph.Saturate(a[0]), x.Rank())
	if err != nil {
		return nil, err
	}
	l := lanesOver(x.Shape(), axis, axis+1)
	exclusive, reverse := n.Int("exclusive", 0) != 0, n.Int("reverse", 0) != 0
	if v, ok := graph.Ints(x); ok && x.DType().IsInt() {
		cumSum(l, v, exclusive, reverse)
		t, err := fromInts(x.DType(), v, x.Shape())
		return []*graph.Tensor{t}, err
	}
	v, err := floatInputs(in[:1])
	if err != nil {
		return nil, err
	}
	cumSum(l, v[0], exclusive, reverse)
	t, err := fromFloats(x.DType(), v[0], x.Shape())
	return []*graph.Tensor{t}, err
}

func cumSum[T number](l lanes, v []T, exclusive, reverse bool) {
	l.each(func(_, first int) {
		var total T
		for k := range l.size {
			if reverse {
				k = l.size - 1 - k
			}
			at := first + k*l.inner
			x := v[at]
			if v[at] = total; !exclusive {
				v[at] += x
			}
			total += x
		}
	})
}
