package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// gradientOf is the proof of an operator of backward passes.
func gradientOf(name string, in []*graph.Tensor, attrs ...*graph.Attr) proof {
	return proof{op: name, domain: op.Gradients, in: in, attrs: attrs}
}

func TestConvWeightGradient(t *testing.T) {
	rng, cases := seeded(t), 200
	if testing.Short() {
		cases = 24
	}
	for i := range cases {
		p := someConv(rng, 1+i%3, i%4 == 0)
		x, w := p.in[0], p.in[1]
		if x.Len() == 0 {
			continue
		}
		n := p.node(t)
		win, err := op.DecodeConv(n, x.Shape()[2:], w.Shape()[2:])
		if err != nil || volume(win.Out) == 0 {
			continue
		}
		g := random(rng, append([]int{x.Shape()[0], w.Shape()[0]}, win.Out...)...)
		q := gradientOf("ConvWeightGradient", []*graph.Tensor{x, g}, append(p.attrs, graph.IntsAttr("kernel_shape", w.Shape()[2:]...))...)
		q.terms = x.Shape()[0] * volume(win.Out)
		q.proveBinds(t)
	}
}

func TestPointwiseGradient(t *testing.T) {
	rng := seeded(t)
	x := random(rng, 3, 50, 41)
	v := graph.Data[float32](x)
	v[0], v[1], v[2], v[3], v[4] = 0, 3, -3, 1, 0.5
	for _, of := range []string{"Relu", "Clip", "HardSigmoid", "LeakyRelu", "Sigmoid", "Tanh", "Exp", "Erf", "HardSwish", "Swish", "Gelu", "Softplus", "Elu"} {
		p := gradientOf("PointwiseGradient", []*graph.Tensor{random(rng, 3, 50, 41), x}, graph.StringAttr("of", of))
		p.proveBinds(t)
		p.attrs = append(p.attrs, graph.FloatAttr("alpha", 0.75), graph.FloatAttr("min", -0.5), graph.FloatAttr("max", 3))
		p.proveBinds(t)
	}
	gradientOf("PointwiseGradient", []*graph.Tensor{x, x}, graph.StringAttr("of", "Gelu"), graph.StringAttr("approximate", "tanh")).proveBinds(t)
}

func TestPoolGradient(t *testing.T) {
	rng := seeded(t)
	for range 60 {
		size := []int{3 + rng.IntN(12), 3 + rng.IntN(9)}
		attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", 3, 2), graph.IntsAttr("strides", 1+rng.IntN(3), 1+rng.IntN(3)),
			graph.IntsAttr("pads", rng.IntN(2), rng.IntN(2), rng.IntN(2), rng.IntN(2)), graph.IntAttr("count_include_pad", rng.IntN(2)),
			graph.IntAttr("ceil_mode", rng.IntN(2)), graph.IntsAttr("extents", size...)}
		x := random(rng, 2, 1+rng.IntN(20), size[0], size[1])
		n := proof{op: "AveragePool", in: []*graph.Tensor{x}, attrs: attrs}.node(t)
		win, err := op.DecodePool(n, size)
		if err != nil {
			t.Fatal(err)
		}
		g := random(rng, append(x.Shape()[:2:2], win.Out...)...)
		gradientOf("AveragePoolGradient", []*graph.Tensor{g}, attrs...).proveBinds(t)
		gradientOf("MaxPoolGradient", []*graph.Tensor{g, x}, attrs...).proveBinds(t)
	}
}
