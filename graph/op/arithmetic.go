package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// arithmetic are the operators that combine elements of two (or, where variadic, any number
// of) broadcast inputs; https://onnx.ai/onnx/operators/ has a page for each.
var arithmetic = []struct {
	name     string
	variadic bool
	f        func(x, y float64) float64
	ints     func(x, y int64) (int64, error)
	dims     func(x, y graph.Dim) graph.Dim // on elements of shape arithmetic; nil: not known
	grad     func(*Backward) error
}{
	{"Add", false, func(x, y float64) float64 { return x + y }, exactly(func(x, y int64) int64 { return x + y }), graph.Dim.Add, gradSum},
	{"Sub", false, func(x, y float64) float64 { return x - y }, exactly(func(x, y int64) int64 { return x - y }), graph.Dim.Sub, gradSub},
	{"Mul", false, func(x, y float64) float64 { return x * y }, exactly(func(x, y int64) int64 { return x * y }), graph.Dim.Mul, gradMul},
	{"Div", false, func(x, y float64) float64 { return x / y }, divide, divideDims, gradDiv},
	{"Max", true, func(x, y float64) float64 { return max(x, y) }, exactly(func(x, y int64) int64 { return max(x, y) }), nil, gradExtreme},
	{"Min", true, func(x, y float64) float64 { return min(x, y) }, exactly(func(x, y int64) int64 { return min(x, y) }), nil, gradExtreme},
	{"Sum", true, func(x, y float64) float64 { return x + y }, exactly(func(x, y int64) int64 { return x + y }), nil, gradSum},
}

func exactly(f func(x, y int64) int64) func(x, y int64) (int64, error) {
	return func(x, y int64) (int64, error) { return f(x, y), nil }
}

func divide(x, y int64) (int64, error) {
	if y == 0 {
		return 0, fmt.Errorf("integer division by zero")
	}
	return x / y, nil
}

func divideDims(x, y graph.Dim) graph.Dim {
	a, okA := x.Int64()
	b, okB := y.Int64()
	if okA && okB && b != 0 {
		return graph.Size64(a / b)
	}
	q, _ := x.Div(y)
	return q
}

func init() {
	for _, a := range arithmetic {
		d := Def{
			Name: a.name, Doc: a.name + " with broadcasting; https://onnx.ai/onnx/operators/onnx__" + a.name + ".html",
			Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
			Elementwise: true, Tolerance: Tolerance{1e-6, 1e-6},
			Accept: acceptBroadcast, Couple: coupleBroadcastAll, Grad: a.grad,
			Infer: func(n *graph.Node) ([]graph.Type, error) {
				t, err := inferBroadcast(n, inType(n, 0).DType)
				if err == nil && a.dims != nil && len(n.Inputs()) == 2 {
					t.Elems = zipElems(n, t, a.dims)
				}
				return []graph.Type{t}, err
			},
			Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				acc := in[0]
				for _, x := range in[1:] {
					var err error
					if acc, err = combine(acc, x, a.f, a.ints); err != nil {
						return nil, err
					}
				}
				return []*graph.Tensor{acc}, nil
			},
		}
		if a.name == "Div" {
			d.Takes = atLeastOne(1)
		}
		if a.variadic {
			d.MinIn, d.MaxIn = 1, variadic
		}
		register(d)
	}
}

// inferBroadcast returns the type of the broadcast of all inputs with that element type.
func inferBroadcast(n *graph.Node, d graph.DType) (graph.Type, error) {
	shapes := make([]graph.Shape, len(n.Inputs()))
	for i := range shapes {
		shapes[i] = inShape(n, i)
	}
	s, err := broadcastShapes(shapes...)
	return graph.TensorType(d, s), err
}

// coupleBroadcastAll couples the axes of all broadcast inputs with the output's.
func coupleBroadcastAll(n *graph.Node) (c Coupling, err error) {
	for i := range n.Inputs() {
		coupleBroadcast(&c, n, 0, i)
	}
	return c, nil
}

// zipElems combines the known elements of two integer inputs of rank at most 1.
func zipElems(n *graph.Node, t graph.Type, f func(x, y graph.Dim) graph.Dim) []graph.Dim {
	if inType(n, 0).DType == graph.Uint64 { // its upper half has no Dim
		return nil
	}
	a, b := inputElems(n, 0), inputElems(n, 1)
	if a == nil || b == nil || len(t.Shape) > 1 || len(a) == 0 || len(b) == 0 {
		return nil
	}
	size := max(len(a), len(b))
	if (len(a) != size && len(a) != 1) || (len(b) != size && len(b) != 1) {
		return nil
	}
	out := make([]graph.Dim, size)
	for i := range out {
		out[i] = f(a[i%len(a)], b[i%len(b)])
	}
	return out
}

// combine applies f to floating-point tensors and ints to integer ones.
func combine(a, b *graph.Tensor, f func(x, y float64) float64, ints func(x, y int64) (int64, error)) (*graph.Tensor, error) {
	if a.DType() != b.DType() {
		return nil, fmt.Errorf("element types differ: %v and %v", a.DType(), b.DType())
	}
	if a.DType().IsFloat() {
		return zipFloats(a, b, f)
	}
	x, okX := graph.Ints(a)
	y, okY := graph.Ints(b)
	if !okX || !okY || a.DType() == graph.Bool {
		return nil, fmt.Errorf("elements of type %v are not supported", a.DType())
	}
	t, err := zip(graph.TensorOf(x, a.Shape()...), graph.TensorOf(y, b.Shape()...), ints)
	if err != nil {
		return nil, err
	}
	return fromInts(a.DType(), graph.Data[int64](t), t.Shape())
}
