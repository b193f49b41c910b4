package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Pow", Doc: "X to the power of Y with broadcasting; https://onnx.ai/onnx/operators/onnx__Pow.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-5},
		Accept:    acceptBroadcast, Couple: coupleBroadcastAll,
		Infer: func(n *graph.Node) ([]graph.Type, error) {
			t, err := inferBroadcast(n, inType(n, 0).DType)
			return []graph.Type{t}, err
		},
		Grad: gradPow, Eval: evalPow,
	})
}

// evalPow gives the result the type of the base, whatever the type of the exponent.
func evalPow(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, y := in[0], in[1]
	if base, ok := graph.Ints(x); ok && x.DType().IsInt() {
		if exponent, ok := graph.Ints(y); ok && y.DType().IsInt() {
			t, err := zip(graph.TensorOf(base, x.Shape()...), graph.TensorOf(exponent, y.Shape()...), powInts)
			if err != nil {
				return nil, err
			}
			t, err = fromInts(x.DType(), graph.Data[int64](t), t.Shape())
			return []*graph.Tensor{t}, err
		}
	}
	a, okA := graph.Floats(x)
	b, okB := graph.Floats(y)
	if !okA || !okB || x.DType() == graph.Bool || y.DType() == graph.Bool {
		return nil, fmt.Errorf("elements of type %v to the power of %v are not supported", x.DType(), y.DType())
	}
	t, err := zip(graph.TensorOf(a, x.Shape()...), graph.TensorOf(b, y.Shape()...),
		func(x, y float64) (float64, error) { return math.Pow(x, y), nil })
	if err != nil {
		return nil, err
	}
	t, err = fromFloats(x.DType(), graph.Data[float64](t), t.Shape())
	return []*graph.Tensor{t}, err
}

// powInts multiplies by squaring, so that no precision is lost to floating point. For a negative
// exponent it returns the fraction truncated to an integer.
func powInts(x, y int64) (int64, error) {
	if y < 0 {
		switch x {
		case 0:
			return 0, fmt.Errorf("0 to the power of %d", y)
		case 1:
			return 1, nil
		case -1:
			return 1 - 2*(y&1), nil
		}
		return 0, nil
	}
	p := int64(1)
	for ; y > 0; y >>= 1 {
		if y&1 == 1 {
			p *= x
		}
		x *= x
	}
	return p, nil
}

// gradPow has a gradient by the base alone.
func gradPow(b *Backward) error {
	if b.wants(1) {
		return noGradient("by the exponent")
	}
	if b.wants(0) {
		x, p := b.in(0), b.in(1)
		slope := b.mul(p, b.add("Pow", []*graph.Value{x, b.sub(p, b.number(p, 1))}))
		b.set(0, b.unbroadcast(b.mul(b.grad(0), slope), x))
	}
	return nil
}
