package kernel

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// someConvTranspose returns a random transposed convolution of that many spatial axes.
func someConvTranspose(rng *rand.Rand, axes int, depthwise bool) proof {
	group := pick(rng, 1, 1, 2, 3)
	each, outs := 1+rng.IntN(9), 1+rng.IntN(30)
	if depthwise {
		group, each, outs = 2+rng.IntN(20), 1, 1
	}
	x, w := []int{1 + rng.IntN(2), each * group}, []int{each * group, outs}
	strides, dilations, pads, extra := make([]int, axes), make([]int, axes), make([]int, 2*axes), make([]int, axes)
	terms := each
	for d := range axes {
		k := pick(rng, 1, 2, 3, 4, 5)
		strides[d], dilations[d] = pick(rng, 1, 2, 2, 3), pick(rng, 1, 1, 2)
		pads[d], pads[axes+d] = rng.IntN(k), rng.IntN(k)
		extra[d] = rng.IntN(strides[d])
		x, w = append(x, 3+rng.IntN(9)), append(w, k)
		terms *= k
	}
	p := proof{op: "ConvTranspose", in: []*graph.Tensor{random(rng, x...), random(rng, w...)}, terms: terms, attrs: []*graph.Attr{
		graph.IntAttr("group", group), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...),
		graph.IntsAttr("output_padding", extra...)}}
	if rng.IntN(4) == 0 {
		p.attrs = append(p.attrs, graph.StringAttr("auto_pad", pick(rng, "SAME_UPPER", "SAME_LOWER", "VALID")))
	} else {
		p.attrs = append(p.attrs, graph.IntsAttr("pads", pads...))
	}
	if rng.IntN(2) == 0 {
		p.in = append(p.in, random(rng, outs*group))
	}
	return p
}

func TestConvTranspose(t *testing.T) {
	rng, cases := seeded(t), 150
	if testing.Short() {
		cases = 50
	}
	for i := range cases {
		someConvTranspose(rng, 1+i%3, i%4 == 0).prove(t)
	}
	for _, side := range []int{2, 4} { // what networks that generate images consist of
		p := proof{op: "ConvTranspose", in: []*graph.Tensor{random(rng, 1, 20, 9, 8), random(rng, 20, 70, side, side), random(rng, 70)}, terms: 80,
			attrs: []*graph.Attr{graph.IntsAttr("strides", 2, 2), graph.IntsAttr("pads", side/2-1, side/2-1, side/2-1, side/2-1)}}
		p.proveBinds(t)
	}
	proof{op: "ConvTranspose", in: []*graph.Tensor{random(rng, 1, 3, 4, 4), random(rng, 3, 2, 1, 1)},
		attrs: []*graph.Attr{graph.IntsAttr("strides", 3, 2), graph.IntsAttr("output_shape", 12, 9)}}.proveBinds(t)
}
