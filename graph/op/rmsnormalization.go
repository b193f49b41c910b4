package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "RMSNormalization", Doc: "root mean square 1 over the axes from axis on, then scale; https://onnx.ai/onnx/operators/onnx__RMSNormalization.html",
		Since: 23, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferRMSNormalization, Couple: coupleRMSNormalization, Grad: gradRMSNormalization, Eval: evalRMSNormalization,
	})
}

func inferRMSNormalization(n *graph.Node) ([]graph.Type, error) {
	x, scale := inType(n, 0), inType(n, 1)
	if x.Shape != nil {
		if _, err := trailingAxis(n, x.Shape, scale.Shape); err != nil {
			return nil, err
		}
	}
	return []graph.Type{graph.TensorType(scale.DType, x.Shape)}, nil
}

func coupleRMSNormalization(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	axis, err := trailingAxis(n, x)
	if err != nil {
		return c, err
	}
	coupleAll(&c, n, 0, 0)
	coupleBroadcast(&c, n, 0, 1)
	statOver(&c, n, axis, len(x))
	return c, nil
}

func evalRMSNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, scale := in[0], in[1]
	axis, err := trailingAxis(n, graph.ShapeOf(x.Shape()...), graph.ShapeOf(scale.Shape()...))
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := v[0]
	scaleRows(y, volume(x.Shape()[axis:]), float64(n.Float("epsilon", 1e-5)))
	for i, k := range broadcastIndex(scale.Shape(), x.Shape()) {
		y[i] *= v[1][k]
	}
	t, err := fromFloats(scale.DType(), y, x.Shape())
	return []*graph.Tensor{t}, err
}

// scaleRows scales every row to root mean square 1, in place, and returns the factors.
func scaleRows(y []float64, row int, epsilon float64) (factors []float64) {
	for from := 0; row > 0 && from < len(y); from += row {
		lane := y[from : from+row]
		total := 0.0
		for _, e := range lane {
			total += e * e
		}
		inverse := 1 / math.Sqrt(total/float64(row)+epsilon)
		for i := range lane {
			lane[i] *= inverse
		}
		factors = append(factors, inverse)
	}
	return factors
}

func gradRMSNormalization(b *Backward) error {
	x, g := b.in(0), b.grad(0)
	axis, err := trailingAxis(b.Node, x.Type.Shape)
	if err != nil {
		return err
	}
	axes := identity(len(b.dims(x)))[axis:]
	v := b.sum(b.reduce("ReduceMean", b.mul(x, x), axes...), b.number(x, float64(b.Node.Float("epsilon", 1e-5))))
	inverse := b.add("Reciprocal", []*graph.Value{b.add("Sqrt", []*graph.Value{v})})
	unit := b.mul(x, inverse)
	if b.wants(0) {
		scaled := b.mul(g, b.in(1))
		along := b.mul(unit, b.reduce("ReduceMean", b.mul(scaled, unit), axes...))
		b.set(0, b.mul(inverse, b.sub(scaled, along)))
	}
	if b.wants(1) {
		b.set(1, b.unbroadcast(b.mul(g, unit), b.in(1)))
	}
	return nil
}
