package kernel

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// someConv returns a random convolution of that many spatial axes.
func someConv(rng *rand.Rand, axes int, depthwise bool) proof {
	group := pick(rng, 1, 1, 1, 2, 3)
	each, outs := 1+rng.IntN(5), 1+rng.IntN(5)
	if depthwise {
		group, each, outs = 2+rng.IntN(4), 1, 1+rng.IntN(2)
	}
	x, w := []int{rng.IntN(4), each * group}, []int{outs * group, each}
	strides, dilations, pads := make([]int, axes), make([]int, axes), make([]int, 2*axes)
	terms := each
	for d := range axes {
		k := pick(rng, 1, 2, 3, 3, 5)
		strides[d], dilations[d] = pick(rng, 1, 1, 2, 3), pick(rng, 1, 1, 2)
		pads[d], pads[axes+d] = rng.IntN(3), rng.IntN(3)
		if rng.IntN(3) == 0 {
			pads[d], pads[axes+d] = k/2, k/2
		}
		x, w = append(x, (k-1)*dilations[d]+1+rng.IntN(20)), append(w, k)
		terms *= k
	}
	p := proof{op: "Conv", in: []*graph.Tensor{random(rng, x...), random(rng, w...)}, terms: terms,
		attrs: []*graph.Attr{graph.IntAttr("group", group), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...)}}
	switch rng.IntN(4) {
	case 0:
		p.attrs = append(p.attrs, graph.StringAttr("auto_pad", pick(rng, "SAME_UPPER", "SAME_LOWER", "VALID")))
	default:
		p.attrs = append(p.attrs, graph.IntsAttr("pads", pads...))
	}
	if rng.IntN(2) == 0 {
		p.in = append(p.in, random(rng, outs*group))
	}
	return p
}

func TestConv(t *testing.T) {
	rng := seeded(t)
	for i := range 200 {
		someConv(rng, 1+i%3, false).prove(t)
	}
}

func TestDepthwiseConv(t *testing.T) {
	rng := seeded(t)
	for i := range 120 {
		someConv(rng, 1+i%3, true).prove(t)
	}
	for _, stride := range []int{1, 2, 3} { // the kernels that mobile networks consist of
		for size := 1; size < 9; size++ {
			proof{op: "Conv", in: []*graph.Tensor{random(rng, 2, 4, size, size+1), random(rng, 4, 1, 3, 3), random(rng, 4)}, terms: 9,
				attrs: []*graph.Attr{graph.IntAttr("group", 4), graph.IntsAttr("pads", 1, 1, 1, 1), graph.IntsAttr("strides", stride, stride)}}.prove(t)
		}
	}
}

// Tiles of output positions end inside rows, and strips of channels are not full.
func TestConvOfSeveralStrips(t *testing.T) {
	rng := seeded(t)
	for _, c := range []struct{ x, w []int }{
		{[]int{1, 3, 40, 37}, []int{70, 3, 3, 3}},
		{[]int{2, 300, 17, 13}, []int{65, 300, 1, 1}},
		{[]int{1, 30, 450}, []int{8, 30, 11}},
	} {
		proof{op: "Conv", in: []*graph.Tensor{random(rng, c.x...), random(rng, c.w...)}, terms: volume(c.w[1:])}.prove(t)
	}
}

func TestConvRefusesWhatEvalRefuses(t *testing.T) {
	rng := seeded(t)
	for _, c := range []struct{ x, w []int }{
		{[]int{1, 3, 5, 5}, []int{4, 2, 3, 3}}, {[]int{1, 3, 2, 2}, []int{4, 3, 3, 3}}, {[]int{1, 3, 5}, []int{4, 3, 3, 3}},
	} {
		proof{op: "Conv", in: []*graph.Tensor{random(rng, c.x...), random(rng, c.w...)}}.prove(t)
	}
}
