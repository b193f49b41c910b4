package kernel

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// special are numbers that implementations treat differently.
var special = []float32{0, float32(math.Copysign(0, -1)), 1, -1, 3, -3, 0.5, 1e-30, -1e-30, 88, -88, 1e30, -1e30,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}

// limits are the operators whose formula is minus infinity times 0 at minus infinity. Kernels
// return the limit, 0.
var limits = map[string]bool{"Gelu": true, "Swish": true, "HardSwish": true, "Mish": true}

func TestUnary(t *testing.T) {
	rng := seeded(t)
	for _, u := range unary {
		t.Run(u.name, func(t *testing.T) {
			numbers := special
			if limits[u.name] {
				numbers = slices.DeleteFunc(slices.Clone(special), func(x float32) bool { return math.IsInf(float64(x), -1) })
			}
			proof{op: u.name, in: []*graph.Tensor{graph.TensorOf(numbers, len(numbers))}}.prove(t)
			proof{op: u.name, in: []*graph.Tensor{random(rng)}}.prove(t)
			proof{op: u.name, in: []*graph.Tensor{random(rng, 0, 3)}}.prove(t)
			proof{op: u.name, in: []*graph.Tensor{random(rng, 7, 300, 41)}}.prove(t)
		})
	}
	for _, name := range []string{"HardSigmoid", "LeakyRelu", "Elu"} {
		p := proof{op: name, in: []*graph.Tensor{random(rng, 50)}, attrs: []*graph.Attr{graph.FloatAttr("alpha", 0.4)}}
		p.prove(t)
	}
	proof{op: "Gelu", in: []*graph.Tensor{random(rng, 50)}, attrs: []*graph.Attr{graph.StringAttr("approximate", "tanh")}}.prove(t)
}

func TestBinary(t *testing.T) {
	rng := seeded(t)
	shapes := [][2][]int{
		{{4, 5}, {4, 5}}, {{4, 5}, {}}, {{}, {4, 5}}, {{4, 5}, {5}}, {{5}, {4, 5}}, {{2, 6, 3, 3}, {6, 1, 1}}, {{1, 6, 1, 1}, {2, 6, 3, 3}},
		{{4, 1}, {1, 5}}, {{2, 3, 4}, {2, 1, 4}}, {{2, 1, 4, 1}, {3, 1, 5}}, {{1}, {1, 1}}, {{0, 3}, {3}}, {{3}, {4}}, {{}, {}},
		{{7, 50, 300}, {7, 50, 300}}, {{7, 50, 300}, {300}}, {{70, 50, 30}, {50, 1}}, {{100000}, {1}},
	}
	for name := range binary {
		t.Run(name, func(t *testing.T) {
			for _, s := range shapes {
				proof{op: name, in: []*graph.Tensor{random(rng, s[0]...), random(rng, s[1]...)}}.prove(t)
			}
			x := graph.TensorOf(special, len(special), 1)
			proof{op: name, in: []*graph.Tensor{x, graph.TensorOf(special, len(special))}}.prove(t)
		})
	}
}

func TestVariadic(t *testing.T) {
	rng := seeded(t)
	for _, name := range []string{"Sum", "Max", "Min", "Mean"} {
		proof{op: name, in: []*graph.Tensor{random(rng, 3)}}.prove(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 3), random(rng, 2, 1), random(rng, 4, 1, 1), random(rng)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 2, 3, 4, 5), random(rng, 2, 3, 4, 5), random(rng, 2, 3, 4, 5)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 3, 1, 5), random(rng, 2, 3, 40, 5), random(rng, 40, 1), random(rng, 1)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 70000), random(rng, 70000), random(rng, 1)}}.proveBinds(t)
		proof{op: name, in: []*graph.Tensor{random(rng, 0, 3), random(rng, 3), random(rng, 1)}}.prove(t)
	}
}

func TestClip(t *testing.T) {
	rng := seeded(t)
	x, lo, hi := random(rng, 3, 50), graph.TensorOf([]float32{-0.5}), graph.TensorOf([]float32{0.7}, 1)
	for _, in := range [][]*graph.Tensor{{x}, {x, lo}, {x, nil, hi}, {x, lo, hi}, {x, hi, lo}, {graph.TensorOf(special, len(special)), lo, hi}} {
		proof{op: "Clip", in: in}.prove(t)
	}
	proof{op: "Clip", in: []*graph.Tensor{x, random(rng, 2)}}.prove(t)
	proof{op: "Clip", version: 10, in: []*graph.Tensor{x}, attrs: []*graph.Attr{graph.FloatAttr("min", 0), graph.FloatAttr("max", 0.5)}}.prove(t)
}

func TestPow(t *testing.T) {
	rng := seeded(t)
	for _, y := range []float32{2, 3, 0.5, -1, 0} {
		proof{op: "Pow", in: []*graph.Tensor{random(rng, 40), graph.TensorOf([]float32{y})}}.prove(t)
	}
	for _, y := range []float32{1, 2, 3, 0.5, -1, 0, -0.5, 2.5} {
		proof{op: "Pow", in: []*graph.Tensor{graph.TensorOf(special, 4, 4), graph.TensorOf([]float32{y})}}.proveBinds(t)
	}
	proof{op: "Pow", in: []*graph.Tensor{random(rng, 40), graph.TensorOf([]int64{2}, 1)}}.proveBinds(t)
	proof{op: "Pow", in: []*graph.Tensor{random(rng), graph.TensorOf([]float32{2}, 1)}}.prove(t)
	proof{op: "Pow", in: []*graph.Tensor{random(rng, 4, 5), random(rng, 5)}}.prove(t)
	proof{op: "Pow", in: []*graph.Tensor{graph.TensorOf([]float32{3}), random(rng, 5)}}.prove(t)
}

func TestPRelu(t *testing.T) {
	rng := seeded(t)
	for _, slope := range [][]int{{}, {1}, {1, 1, 1}, {5}, {3, 1, 1}, {2, 3, 4, 5}, {4, 1}, {2, 1, 1, 1}} {
		proof{op: "PRelu", in: []*graph.Tensor{random(rng, 2, 3, 4, 5), random(rng, slope...)}}.proveBinds(t)
	}
	proof{op: "PRelu", in: []*graph.Tensor{random(rng, 2, 30, 40, 50), random(rng, 30, 1, 1)}}.proveBinds(t)
	proof{op: "PRelu", in: []*graph.Tensor{graph.TensorOf(special, 16), random(rng, 16)}}.proveBinds(t)
}
