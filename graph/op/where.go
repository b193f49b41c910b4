package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Where", Doc: "X where the condition holds, Y elsewhere; https://onnx.ai/onnx/operators/onnx__Where.html",
		Since: 9, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferWhere, Couple: coupleBroadcastAll, Grad: gradWhere, Eval: evalWhere,
	})
}

func inferWhere(n *graph.Node) ([]graph.Type, error) {
	t, err := inferBroadcast(n, inType(n, 1).DType)
	if err == nil {
		t.Elems = whereElems(n, t)
	}
	return []graph.Type{t}, err
}

// whereElems chooses among known elements. If the condition is unknown, elements that are equal in
// both inputs are still known.
func whereElems(n *graph.Node, t graph.Type) []graph.Dim {
	c, x, y := inputElems(n, 0), inputElems(n, 1), inputElems(n, 2)
	if len(c) == 0 || len(x) == 0 || len(y) == 0 || len(t.Shape) > 1 {
		return nil
	}
	out := make([]graph.Dim, max(len(c), len(x), len(y)))
	for i := range out {
		a, b := x[i%len(x)], y[i%len(y)]
		switch v, known := c[i%len(c)].Value(); {
		case known && v != 0:
			out[i] = a
		case known:
			out[i] = b
		case a.Equal(b):
			out[i] = a
		default:
			out[i] = graph.Unknown
		}
	}
	return out
}

func evalWhere(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	c, x, y := in[0], in[1], in[2]
	if c.DType() != graph.Bool || x.DType() != y.DType() {
		return nil, fmt.Errorf("want a condition of bool and two inputs of one type, have %v, %v and %v", c.DType(), x.DType(), y.DType())
	}
	dims, err := broadcastDims(c, x, y)
	if err != nil {
		return nil, err
	}
	which := graph.Data[bool](c)
	ic, ix, iy := broadcastIndex(c.Shape(), dims), broadcastIndex(x.Shape(), dims), broadcastIndex(y.Shape(), dims)
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		if which[ic[i]] {
			return x, ix[i]
		}
		return y, iy[i]
	})
	return []*graph.Tensor{t}, err
}

func gradWhere(b *Backward) error {
	g := b.grad(0)
	for i := 1; i < 3; i++ {
		if !b.wants(i) {
			continue
		}
		sides := []*graph.Value{b.in(0), g, b.number(g, 0)}
		if i == 2 {
			sides[1], sides[2] = sides[2], sides[1]
		}
		b.set(i, b.unbroadcast(b.add("Where", sides), b.in(i)))
	}
	return nil
}
