package kernel

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// somePool returns a random pooling of that many spatial axes.
func somePool(rng *rand.Rand, name string, axes int) proof {
	x := []int{rng.IntN(3), 1 + rng.IntN(4)}
	kernel, strides, dilations, pads := make([]int, axes), make([]int, axes), make([]int, axes), make([]int, 2*axes)
	terms := 1
	for d := range axes {
		kernel[d], strides[d], dilations[d] = 1+rng.IntN(4), 1+rng.IntN(3), pick(rng, 1, 1, 2)
		pads[d], pads[axes+d] = rng.IntN(kernel[d]), rng.IntN(kernel[d])
		x = append(x, (kernel[d]-1)*dilations[d]+1+rng.IntN(12))
		terms *= kernel[d]
	}
	return proof{op: name, terms: terms, in: []*graph.Tensor{random(rng, x...)}, attrs: []*graph.Attr{
		graph.IntsAttr("kernel_shape", kernel...), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...),
		graph.IntsAttr("pads", pads...), graph.IntAttr("ceil_mode", rng.IntN(2)), graph.IntAttr("count_include_pad", rng.IntN(2)),
	}}
}

func TestPools(t *testing.T) {
	rng := seeded(t)
	for i := range 150 {
		somePool(rng, "MaxPool", 1+i%3).prove(t)
		somePool(rng, "AveragePool", 1+i%3).prove(t)
	}
	for _, name := range []string{"MaxPool", "AveragePool"} {
		for _, auto := range []string{"SAME_UPPER", "SAME_LOWER", "VALID"} {
			proof{op: name, in: []*graph.Tensor{random(rng, 2, 3, 9, 8)}, attrs: []*graph.Attr{
				graph.IntsAttr("kernel_shape", 3, 2), graph.IntsAttr("strides", 2, 2), graph.StringAttr("auto_pad", auto)}}.prove(t)
		}
	}
}

func TestGlobalAveragePool(t *testing.T) {
	rng := seeded(t)
	for _, dims := range [][]int{{2, 3, 7, 7}, {1, 5, 9}, {2, 2, 3, 4, 5}, {0, 3, 2, 2}, {3, 4, 1, 1}} {
		proof{op: "GlobalAveragePool", in: []*graph.Tensor{random(rng, dims...)}}.prove(t)
	}
}

func TestReduce(t *testing.T) {
	rng := seeded(t)
	dims := []int{3, 4, 5, 6}
	for _, name := range []string{"ReduceMean", "ReduceSum"} {
		for _, axes := range [][]int64{{-1}, {3}, {2, 3}, {1}, {0}, {1, 2}, {0, 1, 2, 3}, {3, -2}} {
			for keep := range 2 {
				p := proof{op: name, in: []*graph.Tensor{random(rng, dims...), graph.TensorOf(axes, len(axes))},
					attrs: []*graph.Attr{graph.IntAttr("keepdims", keep)}}
				p.prove(t)
			}
		}
		proof{op: name, in: []*graph.Tensor{random(rng, dims...)}}.prove(t) // all axes
	}
	proof{op: "ReduceMean", version: 13, in: []*graph.Tensor{random(rng, dims...)}, attrs: []*graph.Attr{graph.IntsAttr("axes", -1)}}.prove(t)
}
