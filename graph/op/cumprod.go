package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "CumProd", Doc: "products of the elements up to each position of an axis; https://onnx.ai/onnx/operators/onnx__CumProd.html",
		Since: 26, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferSame, Couple: coupleCumProd, Eval: evalCumProd,
	})
}

// coupleCumProd pins the axis, along which a zero would be a factor of everything after it.
func coupleCumProd(n *graph.Node) (c Coupling, err error) {
	rank := len(inShape(n, 0))
	pinInput(&c, n, 1, isParameter)
	a, known := inputInts(n, 1)
	if !known || len(a) != 1 {
		pinInput(&c, n, 0, "which axis is multiplied along is computed at run time")
		pinOutput(&c, n, 0, "which axis is multiplied along is computed at run time")
		return c, nil
	}
	axis, err := normalAxis(a[0], rank)
	if err != nil {
		return c, err
	}
	for d := range rank {
		if d != axis {
			c.link(In(0, d), Out(0, d))
		}
	}
	c.pinAxis(In(0, axis), "its positions are factors of each other's products")
	c.pinAxis(Out(0, axis), "its positions are factors of each other's products")
	return c, nil
}

func evalCumProd(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	a, err := oneNumber("axis", in[1])
	if err != nil {
		return nil, err
	}
	axis, err := normalAxis(graph.Saturate(a), x.Rank())
	if err != nil {
		return nil, err
	}
	l := lanesOver(x.Shape(), axis, axis+1)
	exclusive, reverse := n.Int("exclusive", 0) != 0, n.Int("reverse", 0) != 0
	if v, ok := graph.Ints(x); ok && x.DType().IsInt() {
		cumProd(l, v, exclusive, reverse)
		t, err := fromInts(x.DType(), v, x.Shape())
		return []*graph.Tensor{t}, err
	}
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	cumProd(l, v, exclusive, reverse)
	t, err := fromFloats(x.DType(), v, x.Shape())
	return []*graph.Tensor{t}, err
}

func cumProd[T number](l lanes, v []T, exclusive, reverse bool) {
	buf := make([]T, l.size)
	l.each(func(_, first int) {
		lane := take(l, v, first, buf)
		if reverse {
			slices.Reverse(lane)
		}
		total := T(1)
		for k, x := range lane {
			if lane[k] = total; !exclusive {
				lane[k] *= x
			}
			total *= x
		}
		if reverse {
			slices.Reverse(lane)
		}
		put(l, v, first, lane)
	})
}
