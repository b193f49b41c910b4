package op

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// comparisons give true or false for each pair of elements under broadcasting;
// https://onnx.ai/onnx/operators/ has a page for each. holds reports for which signs of x compared
// with y the result is true. A comparison with NaN is false.
var comparisons = []struct {
	name  string
	since int
	holds func(sign int) bool
}{
	{"Equal", 1, func(s int) bool { return s == 0 }},
	{"Less", 1, func(s int) bool { return s < 0 }},
	{"LessOrEqual", 12, func(s int) bool { return s <= 0 }},
	{"Greater", 1, func(s int) bool { return s > 0 }},
	{"GreaterOrEqual", 12, func(s int) bool { return s >= 0 }},
}

func init() {
	for _, c := range comparisons {
		register(Def{
			Name: c.name, Doc: c.name + " with broadcasting; https://onnx.ai/onnx/operators/onnx__" + c.name + ".html",
			Since: c.since, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
			Tolerance: Exact,
			Accept:    acceptBroadcast, Couple: coupleBroadcastAll,
			Infer: func(n *graph.Node) ([]graph.Type, error) {
				t, err := inferBroadcast(n, graph.Bool)
				if err == nil {
					t.Elems = zipElems(n, t, func(x, y graph.Dim) graph.Dim { return compareDims(x, y, c.holds) })
				}
				return []graph.Type{t}, err
			},
			Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				t, err := compare(in[0], in[1], c.holds)
				return []*graph.Tensor{t}, err
			},
		})
	}
}

// compareDims returns 1, 0, or Unknown if the symbols do not decide it.
func compareDims(x, y graph.Dim, holds func(int) bool) graph.Dim {
	a, okA := x.Int64()
	b, okB := y.Int64()
	switch {
	case okA && okB:
		return truth(holds(cmp.Compare(a, b)))
	case x.Equal(y):
		return truth(holds(0))
	case okA && a < 0 && neverNegative(y):
		return truth(holds(-1))
	case okB && b < 0 && neverNegative(x):
		return truth(holds(1))
	}
	return graph.Unknown
}

func truth(b bool) graph.Dim {
	if b {
		return graph.Size(1)
	}
	return graph.Size(0)
}

// neverNegative reports whether d is certainly not below 0: a number, a symbol, or a formula that
// takes nothing away.
func neverNegative(d graph.Dim) bool {
	text := d.String()
	return d.Named() && !strings.HasPrefix(text, "-") && !(strings.Contains(text, "(") && strings.Contains(text, "-"))
}

func compare(a, b *graph.Tensor, holds func(int) bool) (*graph.Tensor, error) {
	if a.DType() != b.DType() {
		return nil, fmt.Errorf("element types differ: %v and %v", a.DType(), b.DType())
	}
	switch d := a.DType(); {
	case d == graph.String:
		return compareAs[string](a, b, holds)
	case d == graph.Uint64:
		return compareAs[uint64](a, b, holds)
	case d.IsFloat():
		x, ok := graph.Floats(a)
		y, _ := graph.Floats(b)
		if ok {
			return compareAs[float64](graph.TensorOf(x, a.Shape()...), graph.TensorOf(y, b.Shape()...), holds)
		}
	default:
		x, ok := graph.Ints(a)
		y, _ := graph.Ints(b)
		if ok {
			return compareAs[int64](graph.TensorOf(x, a.Shape()...), graph.TensorOf(y, b.Shape()...), holds)
		}
	}
	return nil, fmt.Errorf("elements of type %v are not supported", a.DType())
}

func compareAs[T string | uint64 | int64 | float64](a, b *graph.Tensor, holds func(int) bool) (*graph.Tensor, error) {
	return zip(a, b, func(x, y T) (bool, error) {
		switch {
		case x < y:
			return holds(-1), nil
		case x > y:
			return holds(1), nil
		case x == y:
			return holds(0), nil
		}
		return false, nil
	})
}
