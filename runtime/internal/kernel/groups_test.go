package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestGroupNormalizations(t *testing.T) {
	rng := seeded(t)
	for _, dims := range [][]int{{2, 6, 5, 7}, {1, 36, 40, 3}, {3, 12, 11}, {2, 6, 1, 1}} {
		c := dims[1]
		proof{op: "InstanceNormalization", in: []*graph.Tensor{random(rng, dims...), random(rng, c), random(rng, c)}}.proveBinds(t)
		for _, groups := range []int{1, 2, c} {
			attrs := []*graph.Attr{graph.IntAttr("num_groups", groups), graph.FloatAttr("epsilon", 1e-3)}
			proof{op: "GroupNormalization", in: []*graph.Tensor{random(rng, dims...), random(rng, c), random(rng, c)}, attrs: attrs}.proveBinds(t)
			proof{op: "GroupNormalization", version: 18, in: []*graph.Tensor{random(rng, dims...), random(rng, groups), random(rng, groups)}, attrs: attrs}.proveBinds(t)
		}
	}
}

func TestRootMeanSquareNormalizations(t *testing.T) {
	rng := seeded(t)
	for _, name := range []string{"RMSNormalization", "SimplifiedLayerNormalization"} {
		proof{op: name, in: []*graph.Tensor{random(rng, 2, 5, 96), random(rng, 96)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 3, 4, 5), random(rng, 4, 5)}, attrs: []*graph.Attr{graph.IntAttr("axis", 1)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 3, 4, 5), random(rng, 1)}}.prove(t)
	}
	for p := 1; p < 3; p++ {
		for axis := range 3 {
			x := random(rng, 4, 5, 6)
			clear(graph.Data[float32](x)[30:60])
			proof{op: "LpNormalization", in: []*graph.Tensor{x}, attrs: []*graph.Attr{graph.IntAttr("axis", axis), graph.IntAttr("p", p)}}.proveBinds(t)
		}
	}
}

func TestSkipNormalizations(t *testing.T) {
	rng := seeded(t)
	for _, skip := range [][]int{{2, 5, 40}, {5, 40}, {40}, {1, 5, 40}} {
		x, s, v := random(rng, 2, 5, 40), random(rng, skip...), func() *graph.Tensor { return random(rng, 40) }
		for _, in := range [][]*graph.Tensor{{x, s, v()}, {x, s, v(), v()}, {x, s, v(), v(), v()}, {x, s, v(), nil, v()}} {
			proof{domain: "com.microsoft", op: "SkipLayerNormalization", in: in}.prove(t)
		}
		for _, in := range [][]*graph.Tensor{{x, s, v()}, {x, s, v(), v()}} {
			proof{domain: "com.microsoft", op: "SkipSimplifiedLayerNormalization", in: in}.prove(t)
		}
	}
	proof{domain: "com.microsoft", op: "SkipLayerNormalization", in: []*graph.Tensor{random(rng, 2, 5, 40), random(rng, 2, 5, 40), random(rng, 40), random(rng, 40)}}.proveBinds(t)
}

func TestLocalResponseNormalization(t *testing.T) {
	rng := seeded(t)
	for _, size := range []int{1, 2, 5, 8, 100} {
		for _, beta := range []float32{0.5, 0.75, 1, 0.6} {
			p := proof{op: "LRN", in: []*graph.Tensor{random(rng, 2, 7, 3, 40)}, attrs: []*graph.Attr{graph.IntAttr("size", size), graph.FloatAttr("beta", beta),
				graph.FloatAttr("alpha", 0.3)}}
			if beta != 0.6 {
				p.proveBinds(t)
			} else {
				p.prove(t)
			}
		}
	}
	proof{op: "LRN", in: []*graph.Tensor{random(rng, 2, 1, 3)}, attrs: []*graph.Attr{graph.IntAttr("size", 3)}}.proveBinds(t)
	proof{op: "LRN", in: []*graph.Tensor{random(rng, 2, 0, 3)}, attrs: []*graph.Attr{graph.IntAttr("size", 3)}}.prove(t)
}
