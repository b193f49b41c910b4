package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func fused(name string, attrs []*graph.Attr, terms int, in ...*graph.Tensor) proof {
	return proof{domain: "com.microsoft", op: name, attrs: attrs, terms: terms, in: in}
}

func TestFusedGelus(t *testing.T) {
	rng := seeded(t)
	x, b := random(rng, 2, 30, 20), random(rng, 20)
	fused("Gelu", nil, 0, x).proveBinds(t)
	fused("QuickGelu", nil, 0, x).proveBinds(t)
	fused("QuickGelu", []*graph.Attr{graph.FloatAttr("alpha", 1)}, 0, x).proveBinds(t)
	fused("BiasGelu", nil, 0, x, b).proveBinds(t)
	fused("FastGelu", nil, 0, x, b).proveBinds(t)
	fused("FastGelu", nil, 0, x).proveBinds(t)
}

func TestFusedProducts(t *testing.T) {
	rng := seeded(t)
	for _, name := range []string{"", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSigmoid", "Softplus", "Clip", "Softsign"} {
		attrs := []*graph.Attr{graph.StringAttr("activation", name)}
		params := graph.FloatAttr("activation_alpha", 0.3)
		x, w, b := random(rng, 2, 5, 6, 7), random(rng, 8, 5, 3, 3), random(rng, 8)
		fused("FusedConv", attrs, 45, x, w, b).prove(t)
		fused("FusedConv", attrs, 45, x, w, nil, random(rng, 2, 8, 4, 5)).prove(t)
		fused("FusedConv", attrs, 45, x, w, b, random(rng, 2, 8, 4, 5)).prove(t)
		fused("FusedGemm", append(attrs, params), 9, random(rng, 4, 9), random(rng, 9, 20), random(rng, 20)).prove(t)
	}
	act := []*graph.Attr{graph.StringAttr("activation", "Relu")}
	fused("FusedConv", act, 45, random(rng, 2, 5, 6, 7), random(rng, 8, 5, 3, 3), random(rng, 8)).proveBinds(t)
	fused("FusedGemm", act, 9, random(rng, 4, 9), random(rng, 9, 20), random(rng, 20)).proveBinds(t)
}

func TestFusedMatMul(t *testing.T) {
	rng := seeded(t)
	side := func(batch []int, rows, columns, turned int) *graph.Tensor {
		if turned != 0 {
			rows, columns = columns, rows
		}
		return random(rng, append(append([]int{}, batch...), rows, columns)...)
	}
	for turned := range 4 {
		for _, alpha := range []float32{1, 0.25} {
			attrs := []*graph.Attr{graph.IntAttr("transA", turned&1), graph.IntAttr("transB", turned/2), graph.FloatAttr("alpha", alpha)}
			fused("FusedMatMul", attrs, 12, side(nil, 5, 12, turned&1), side(nil, 12, 33, turned/2)).proveBinds(t)
			fused("FusedMatMul", attrs, 12, side([]int{2, 3}, 5, 12, turned&1), side([]int{2, 3}, 12, 33, turned/2)).proveBinds(t)
			fused("FusedMatMul", attrs, 12, side([]int{2, 3}, 5, 12, turned&1), side(nil, 12, 33, turned/2)).proveBinds(t)
		}
	}
	fused("FusedMatMul", []*graph.Attr{graph.IntAttr("transBatchA", 1)}, 12, random(rng, 5, 2, 12), random(rng, 2, 12, 7)).prove(t)
}
