package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestReductions(t *testing.T) {
	rng := seeded(t)
	for name := range reductions {
		t.Run(name, func(t *testing.T) {
			if name == "GlobalMaxPool" || name == "GlobalAveragePool" {
				for _, dims := range [][]int{{2, 3, 7, 7}, {1, 5, 9}, {2, 70, 3, 4, 5}, {3, 4, 1, 1}} {
					proof{op: name, in: []*graph.Tensor{random(rng, dims...)}}.proveBinds(t)
				}
				return
			}
			for _, axes := range [][]int64{{-1}, {2, 3}, {1}, {0}, {1, 2}, {0, 1, 2, 3}, {3, 1}, {0, -2}} {
				for keep := range 2 {
					x := random(rng, 3, 4, 5, 37)
					if name == "ReduceLogSum" {
						for i, v := range graph.Data[float32](x) {
							graph.Data[float32](x)[i] = v*v + 0.5
						}
					}
					proof{op: name, in: []*graph.Tensor{x, graph.TensorOf(axes, len(axes))}, attrs: []*graph.Attr{graph.IntAttr("keepdims", keep)}}.proveBinds(t)
				}
			}
			proof{op: name, in: []*graph.Tensor{graph.TensorOf(special, 4, 4), ints(0)}}.proveBinds(t)
			proof{op: name, in: []*graph.Tensor{graph.TensorOf(special, 4, 4), ints(1)}}.proveBinds(t)
			proof{op: name, in: []*graph.Tensor{random(rng, 0, 3), ints(0)}}.prove(t)
			proof{op: name, in: []*graph.Tensor{random(rng, 2, 3), ints()}, attrs: []*graph.Attr{graph.IntAttr("noop_with_empty_axes", 1)}}.prove(t)
		})
	}
}
