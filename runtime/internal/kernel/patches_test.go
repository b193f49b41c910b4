package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestPatches(t *testing.T) {
	rng := seeded(t)
	for _, side := range []int{1, 2, 3} {
		b := graph.IntAttr("blocksize", side)
		for _, mode := range []string{"DCR", "CRD"} {
			proof{op: "DepthToSpace", in: []*graph.Tensor{random(rng, 2, 5*side*side, 3, 4)}, attrs: []*graph.Attr{b, graph.StringAttr("mode", mode)}}.proveBinds(t)
		}
		proof{op: "SpaceToDepth", in: []*graph.Tensor{random(rng, 2, 5, 3*side, 4*side)}, attrs: []*graph.Attr{b}}.proveBinds(t)
	}
}

func TestTile(t *testing.T) {
	rng := seeded(t)
	for _, repeats := range [][]int64{{1, 1, 1, 1}, {2, 1, 3, 1}, {1, 2, 1, 2}, {3, 2, 2, 3}} {
		proof{op: "Tile", in: []*graph.Tensor{random(rng, 2, 5, 3, 4), ints(repeats...)}}.proveBinds(t)
	}
	proof{op: "Tile", in: []*graph.Tensor{random(rng, 2, 5), ints(0, 1)}}.prove(t)
}

func TestGatherBinds(t *testing.T) {
	rng := seeded(t)
	for axis := range 4 {
		for _, at := range []*graph.Tensor{graph.TensorOf([]int64{1}), ints(-1), ints(0, -1, 1, 1), graph.TensorOf([]int32{0, 1, 1, -2}, 2, 2)} {
			proof{op: "Gather", in: []*graph.Tensor{random(rng, 2, 3, 5, 4), at}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.proveBinds(t)
		}
	}
}
