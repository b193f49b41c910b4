package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "LayerNormalization", Doc: "mean 0 and variance 1 over the axes from axis on, then Scale and B; https://onnx.ai/onnx/operators/onnx__LayerNormalization.html",
		// ONNX has this operator since opset 17. ONNX Runtime writes it into files of every opset.
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 3,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferLayerNormalization, Couple: coupleLayerNormalization, Grad: gradLayerNormalization, Eval: evalLayerNormalization,
	})
}

// trailingAxis returns the first of the axes that the node normalises over, for an input of that
// shape. Scale and B must broadcast to the shape.
func trailingAxis(n *graph.Node, x graph.Shape, affine ...graph.Shape) (int, error) {
	axis, err := normalAxis(n.Int("axis", -1), len(x))
	if err != nil {
		return 0, err
	}
	for i, s := range affine {
		if s == nil {
			continue
		}
		if err := broadcastsTo(s, x); err != nil {
			return 0, fmt.Errorf("input %d: %w", 1+i, err)
		}
	}
	return axis, nil
}

// stashType returns the element type of Mean and InvStdDev.
func stashType(n *graph.Node) graph.DType {
	return graph.DType(n.Int("stash_type", int(graph.Float32)))
}

func inferLayerNormalization(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	stat := graph.Type{DType: stashType(n)}
	if x.Shape != nil {
		axis, err := trailingAxis(n, x.Shape, inShape(n, 1), inShape(n, 2))
		if err != nil {
			return nil, err
		}
		stat.Shape = x.Shape.Clone()
		for d := axis; d < len(stat.Shape); d++ {
			stat.Shape[d] = graph.Size(1)
		}
	}
	return []graph.Type{graph.TensorType(x.DType, x.Shape), stat, stat}, nil
}

func coupleLayerNormalization(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	axis, err := trailingAxis(n, x)
	if err != nil {
		return c, err
	}
	coupleAll(&c, n, 0, 0)
	coupleBroadcast(&c, n, 0, 1, 2)
	for o := 1; o < 3; o++ {
		for d := 0; d < axis && n.Out(o) != nil; d++ {
			c.link(In(0, d), Out(o, d))
		}
	}
	statOver(&c, n, axis, len(x))
	return c, nil
}

func evalLayerNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	affine := make([]graph.Shape, len(in)-1)
	for i, t := range in[1:] {
		if t != nil {
			affine[i] = graph.ShapeOf(t.Shape()...)
		}
	}
	axis, err := trailingAxis(n, graph.ShapeOf(x.Shape()...), affine...)
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	y := make([]float64, len(v[0]))
	row := volume(x.Shape()[axis:])
	var means, inverses []float64
	for from := 0; row > 0 && from < len(y); from += row {
		m, inverse := standardise(v[0][from:from+row], y[from:from+row], float64(n.Float("epsilon", 1e-5)))
		means, inverses = append(means, m), append(inverses, inverse)
	}
	for i, k := range broadcastIndex(in[1].Shape(), x.Shape()) {
		y[i] *= v[1][k]
	}
	if len(in) > 2 && in[2] != nil {
		for i, k := range broadcastIndex(in[2].Shape(), x.Shape()) {
			y[i] += v[2][k]
		}
	}
	stat := append([]int{}, x.Shape()...)
	for d := axis; d < len(stat); d++ {
		stat[d] = 1
	}
	return layerNormalizationOutputs(n, x, y, means, inverses, stat)
}

func layerNormalizationOutputs(n *graph.Node, x *graph.Tensor, y, means, inverses []float64, stat []int) ([]*graph.Tensor, error) {
	t, err := fromFloats(x.DType(), y, x.Shape())
	if err != nil {
		return nil, err
	}
	out := []*graph.Tensor{t, nil, nil}
	for i, v := range [][]float64{means, inverses} {
		if n.Out(1+i) == nil {
			continue
		}
		if len(v) != volume(stat) {
			return nil, fmt.Errorf("no statistics of an input of shape %v", x.Shape())
		}
		if out[1+i], err = fromFloats(stashType(n), v, stat); err != nil {
			return nil, err
		}
	}
	return out[:len(n.Outputs())], nil
}

func gradLayerNormalization(b *Backward) error {
	x := b.in(0)
	rank := len(b.dims(x))
	axis, err := trailingAxis(b.Node, x.Type.Shape)
	if err != nil {
		return err
	}
	for i := 1; i < 3; i++ {
		if i < len(b.dy) && b.dy[i] != nil {
			return noGradient("by Mean or InvStdDev")
		}
	}
	axes := identity(rank)[axis:]
	g := b.grad(0)
	standard, inverse := b.standardised(x, b.Node.Float("epsilon", 1e-5), axes)
	if b.wants(0) {
		b.set(0, b.behindStandardised(b.mul(g, b.in(1)), standard, inverse, axes))
	}
	if b.wants(1) {
		b.set(1, b.unbroadcast(b.mul(g, standard), b.in(1)))
	}
	if b.wants(2) {
		b.set(2, b.unbroadcast(g, b.in(2)))
	}
	return nil
}

// standardised returns x to mean 0 and variance 1 over axes, and what it was divided by, inverted.
func (b *Backward) standardised(x *graph.Value, epsilon float32, axes []int) (standard, inverse *graph.Value) {
	c := b.sub(x, b.reduce("ReduceMean", x, axes...))
	v := b.sum(b.reduce("ReduceMean", b.mul(c, c), axes...), b.number(x, float64(epsilon)))
	inverse = b.add("Reciprocal", []*graph.Value{b.add("Sqrt", []*graph.Value{v})})
	return b.mul(c, inverse), inverse
}

// behindStandardised returns the gradient of the input of standardised from that of its result, g.
func (b *Backward) behindStandardised(g, standard, inverse *graph.Value, axes []int) *graph.Value {
	along := b.mul(standard, b.reduce("ReduceMean", b.mul(g, standard), axes...))
	return b.mul(inverse, b.sub(b.sub(g, b.reduce("ReduceMean", g, axes...)), along))
}
