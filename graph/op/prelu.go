package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "PRelu", Doc: "x where positive, slope x elsewhere, slope broadcast to x; https://onnx.ai/onnx/operators/onnx__PRelu.html",
		Since: 7, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Infer:     inferPRelu, Couple: coupleBroadcastAll, Grad: gradPRelu, Eval: evalPRelu,
	}
	register(d)
	d.Since, d.Until, d.Couple = 1, 6, couplePReluChannels
	d.Infer = func(n *graph.Node) ([]graph.Type, error) {
		if s := inShape(n, 1); s != nil && !s.Elems().Is(1) {
			if err := channelVector(n, 1, "slope"); err != nil {
				return nil, err
			}
		}
		return inferSame(n)
	}
	d.Eval = evalPReluChannels
	register(d)
}

func inferPRelu(n *graph.Node) ([]graph.Type, error) {
	x, slope := inShape(n, 0), inShape(n, 1)
	if x != nil && slope != nil {
		if err := broadcastsTo(slope, x); err != nil {
			return nil, fmt.Errorf("slope: %w", err)
		}
	}
	return inferSame(n)
}

func evalPRelu(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := broadcastsTo(graph.ShapeOf(in[1].Shape()...), graph.ShapeOf(in[0].Shape()...)); err != nil {
		return nil, fmt.Errorf("slope: %w", err)
	}
	t, err := combine(in[0], in[1],
		func(x, slope float64) float64 { return branch(x, slope*x) },
		func(x, slope int64) (int64, error) {
			if x > 0 {
				return x, nil
			}
			return slope * x, nil
		})
	return []*graph.Tensor{t}, err
}

// couplePReluChannels couples the slope before opset 7, when it is one number, or one for each
// channel.
func couplePReluChannels(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	if s := inShape(n, 1); len(s) == 1 && !s[0].Is(1) {
		c.link(In(1, 0), In(0, 1))
	}
	return c, nil
}

func evalPReluChannels(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, slope := in[0], in[1]
	if slope.Len() == 1 {
		return evalPRelu(n, []*graph.Tensor{x, slope.Reshaped()})
	}
	if x.Rank() < 2 || slope.Rank() != 1 || slope.Len() != x.Shape()[1] {
		return nil, fmt.Errorf("slope: want one number, or one for each channel of %v, have shape %v", x.Shape(), slope.Shape())
	}
	dims := slices.Repeat([]int{1}, x.Rank()-1)
	dims[0] = slope.Len()
	return evalPRelu(n, []*graph.Tensor{x, slope.Reshaped(dims...)})
}

func gradPRelu(b *Backward) error {
	x, g, slope := b.in(0), b.grad(0), b.in(1)
	if b.Node.Version < 7 && len(b.dims(slope)) == 1 && b.dims(slope)[0] > 1 { // one for each channel, as opset 6 has it
		slope = b.perChannel(slope, len(b.dims(x)))
	}
	zero := b.number(x, 0)
	below := b.add("Less", []*graph.Value{x, zero})
	if b.wants(0) {
		b.set(0, b.mul(g, b.add("Where", []*graph.Value{below, slope, b.number(x, 1)})))
	}
	if b.wants(1) {
		b.set(1, b.reshape(b.unbroadcast(b.mul(g, b.add("Where", []*graph.Value{below, x, zero})), slope), b.dims(b.in(1))))
	}
	return nil
}
