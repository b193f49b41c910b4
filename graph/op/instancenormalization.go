package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "InstanceNormalization", Doc: "every plane to mean 0 and variance 1, then scale and B for each channel; https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html",
		Since: 1, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferInstanceNormalization, Couple: coupleInstanceNormalization, Grad: gradInstanceNormalization,
		Eval: evalInstanceNormalization,
	})
}

func inferInstanceNormalization(n *graph.Node) ([]graph.Type, error) {
	if err := imageRank(inShape(n, 0)); err != nil {
		return nil, err
	}
	for i, name := range []string{"scale", "B"} {
		if err := channelVector(n, 1+i, name); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func coupleInstanceNormalization(n *graph.Node) (c Coupling, err error) {
	coupleAll(&c, n, 0, 0)
	c.link(In(1, 0), Out(0, 1))
	c.link(In(2, 0), Out(0, 1))
	statOver(&c, n, 2, len(inShape(n, 0)))
	return c, nil
}

func evalInstanceNormalization(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	if x.Rank() < 3 || in[1].Len() != x.Shape()[1] || in[2].Len() != x.Shape()[1] {
		return nil, fmt.Errorf("x of shape %v, scale of %v and B of %v do not go together", x.Shape(), in[1].Shape(), in[2].Shape())
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	channels, plane := x.Shape()[1], volume(x.Shape()[2:])
	y := make([]float64, len(v[0]))
	for p := range x.Shape()[0] * channels {
		from, c := p*plane, p%channels
		out := y[from : from+plane]
		standardise(v[0][from:from+plane], out, float64(n.Float("epsilon", 1e-5)))
		for i := range out {
			out[i] = v[1][c]*out[i] + v[2][c]
		}
	}
	t, err := fromFloats(x.DType(), y, x.Shape())
	return []*graph.Tensor{t}, err
}

func gradInstanceNormalization(b *Backward) error {
	x := b.in(0)
	rank := len(b.dims(x))
	axes, g := identity(rank)[2:], b.grad(0)
	standard, inverse := b.standardised(x, b.Node.Float("epsilon", 1e-5), axes)
	if b.wants(0) {
		b.set(0, b.behindStandardised(b.mul(g, b.perChannel(b.in(1), rank)), standard, inverse, axes))
	}
	for i, v := range []*graph.Value{b.mul(g, standard), g} {
		if b.wants(1 + i) {
			b.set(1+i, b.reshape(b.reduce("ReduceSum", v, allBut(1, rank)...), b.dims(b.in(1+i))))
		}
	}
	return nil
}
