package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Trilu", Doc: "the upper or lower triangle of the last two axes, zeroes elsewhere; https://onnx.ai/onnx/operators/onnx__Trilu.html",
		Since: 14, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferTrilu, Couple: coupleTrilu, Grad: gradTrilu, Eval: evalTrilu,
	})
}

func inferTrilu(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil && len(x) < 2 {
		return nil, fmt.Errorf("want at least 2 axes, have shape %v", x)
	}
	return inferSame(n)
}

func coupleTrilu(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	rank := len(inShape(n, 0))
	for d := rank - 2; d < rank; d++ {
		c.pinAxis(In(0, d), "its positions are compared with those of the other axis of a matrix")
	}
	return c, nil
}

func evalTrilu(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() < 2 {
		return nil, fmt.Errorf("want at least 2 axes, have shape %v", x.Shape())
	}
	diagonal := 0
	if len(in) > 1 && in[1] != nil {
		k, ok := graph.Ints(in[1])
		if !ok || len(k) != 1 {
			return nil, fmt.Errorf("k: want one integer, have %v%v", in[1].DType(), in[1].Shape())
		}
		diagonal = graph.Saturate(k[0])
	}
	rows, cols := x.Shape()[x.Rank()-2], x.Shape()[x.Rank()-1]
	upper := n.Int("upper", 1) != 0
	t, err := arrange(x.DType(), x.Shape(), func(i int) (*graph.Tensor, int) {
		off := i%cols - i/cols%rows - diagonal // positive right of the diagonal
		if (upper && off < 0) || (!upper && off > 0) {
			return nil, 0
		}
		return x, i
	})
	return []*graph.Tensor{t}, err
}

func gradTrilu(b *Backward) error {
	if b.wants(0) {
		in := append([]*graph.Value{b.grad(0)}, b.Node.Inputs()[1:]...)
		b.set(0, b.add("Trilu", in, b.Node.Attrs...))
	}
	return nil
}
