package kernel

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestBatchNormalization(t *testing.T) {
	rng := seeded(t)
	for _, dims := range [][]int{{2, 5, 4, 3}, {3, 5}, {2, 5, 300}, {0, 5, 2}} {
		variance := random(rng, 5)
		for i, v := range graph.Data[float32](variance) {
			graph.Data[float32](variance)[i] = v * v
		}
		proof{op: "BatchNormalization", in: []*graph.Tensor{random(rng, dims...), random(rng, 5), random(rng, 5), random(rng, 5), variance},
			attrs: []*graph.Attr{graph.FloatAttr("epsilon", 1e-3)}}.prove(t)
	}
}

func TestLayerNormalization(t *testing.T) {
	rng := seeded(t)
	for _, c := range []struct{ x, scale []int }{{[]int{2, 50, 96}, []int{96}}, {[]int{3, 4, 5}, []int{4, 5}}, {[]int{7}, []int{7}}, {[]int{0, 3}, []int{3}}} {
		in := []*graph.Tensor{random(rng, c.x...), random(rng, c.scale...), random(rng, c.scale...)}
		axis := []*graph.Attr{graph.IntAttr("axis", -len(c.scale))}
		proof{op: "LayerNormalization", in: in, attrs: axis}.prove(t)
		proof{op: "LayerNormalization", in: in[:2], attrs: axis}.prove(t)
	}
}

func TestSoftmax(t *testing.T) {
	rng := seeded(t)
	inf := float32(math.Inf(1))
	hard := graph.TensorOf([]float32{1e4, -1e4, 0, 0, inf, 1, 2, 3, -inf, -inf, -inf, -inf, -inf, 0, 1, -inf}, 4, 4)
	for _, name := range []string{"Softmax", "LogSoftmax"} {
		proof{op: name, in: []*graph.Tensor{hard}}.prove(t)
		for _, dims := range [][]int{{2, 6, 50, 50}, {3, 4}, {5}, {2, 0}, {0, 2}} {
			for axis := range dims {
				proof{op: name, in: []*graph.Tensor{random(rng, dims...)}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.prove(t)
				proof{op: name, version: 11, in: []*graph.Tensor{random(rng, dims...)}, attrs: []*graph.Attr{graph.IntAttr("axis", axis)}}.prove(t)
			}
		}
	}
}
