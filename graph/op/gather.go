package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Gather", Doc: "positions of one axis by number; https://onnx.ai/onnx/operators/onnx__Gather.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     positionsAlong(1, axisAttribute),
		Infer:     inferGather, Couple: coupleGather, Grad: gradGather, Eval: evalGather,
	})
}

func inferGather(n *graph.Node) ([]graph.Type, error) {
	x, index := inType(n, 0), inType(n, 1)
	t := graph.Type{DType: x.DType}
	if x.Shape == nil {
		return []graph.Type{t}, nil
	}
	axis, err := normalAxis(n.Int("axis", 0), len(x.Shape))
	if err != nil || index.Shape == nil {
		return []graph.Type{t}, err
	}
	t.Shape = slices.Concat(x.Shape[:axis:axis], index.Shape, x.Shape[axis+1:])
	if t.Shape == nil {
		t.Shape = graph.Shape{}
	}
	numbers, ok := inputInts(n, 1)
	if !ok {
		return []graph.Type{t}, nil
	}
	if size, known := x.Shape[axis].Value(); known {
		for _, k := range numbers {
			if k < -size || k >= size {
				return nil, fmt.Errorf("indices: want %d to %d, have %d", -size, size-1, k)
			}
		}
	}
	elems := flatElems(n, 0)
	if elems == nil || len(x.Shape) != 1 || len(index.Shape) > 1 {
		return []graph.Type{t}, nil
	}
	taken := make([]graph.Dim, len(numbers))
	for i, k := range numbers {
		if k < 0 {
			k += len(elems)
		}
		if k < 0 || k >= len(elems) {
			return []graph.Type{t}, nil
		}
		taken[i] = elems[k]
	}
	return []graph.Type{withElems(t, taken)}, nil
}

// coupleGather pins the axis that is indexed, because the indices number its positions. The other
// axes of a lookup table pass through.
func coupleGather(n *graph.Node) (c Coupling, err error) {
	rank, inner := len(inShape(n, 0)), len(inShape(n, 1))
	axis, err := normalAxis(n.Int("axis", 0), rank)
	if err != nil {
		return c, err
	}
	for d := range rank {
		switch {
		case d < axis:
			c.link(In(0, d), Out(0, d))
		case d > axis:
			c.link(In(0, d), Out(0, d-1+inner))
		case fixed(n, 1):
			c.pinAxis(In(0, d), "constant indices name its positions")
		default:
			c.pinAxis(In(0, d), "indices computed at run time name its positions")
		}
	}
	for d := range inner {
		c.link(In(1, d), Out(0, axis+d))
	}
	return c, nil
}

func evalGather(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	axis, err := normalAxis(n.Int("axis", 0), x.Rank())
	if err != nil {
		return nil, err
	}
	numbers, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	size := x.Shape()[axis]
	for i, k := range numbers {
		if k < -size || k >= size {
			return nil, fmt.Errorf("indices: want %d to %d, have %d", -size, size-1, k)
		}
		if k < 0 {
			numbers[i] += size
		}
	}
	dims := slices.Concat(x.Shape()[:axis], in[1].Shape(), x.Shape()[axis+1:])
	inner := volume(x.Shape()[axis+1:])
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		row := i / inner
		return x, (row/len(numbers)*size+numbers[row%len(numbers)])*inner + i%inner
	})
	return []*graph.Tensor{t}, err
}

func gradGather(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	x := b.dims(b.in(0))
	axis, err := normalAxis(b.Node.Int("axis", 0), len(x))
	if err != nil {
		return err
	}
	b.set(0, b.own("GatherGradient", []*graph.Value{b.grad(0), b.in(1)}, graph.IntAttr("axis", axis), graph.IntAttr("extent", x[axis])))
	return nil
}
