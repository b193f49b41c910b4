package kernel

import (
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

func TestResize(t *testing.T) {
	rng := seeded(t)
	scales := [][]float32{{1, 1, 2, 2}, {1, 1, 0.5, 0.7}, {1, 1, 1, 3}, {1, 2, 1.5, 1}, {2, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 2.6, 0.4}}
	for _, mode := range []string{"nearest", "linear", "cubic"} {
		for _, coordinates := range []string{"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"} {
			for i, s := range scales {
				p := proof{op: "Resize", in: []*graph.Tensor{random(rng, 2, pick(rng, 3, 8, 20), 5, 7), nil, graph.TensorOf(s, 4)}, attrs: []*graph.Attr{
					graph.StringAttr("mode", mode), graph.StringAttr("coordinate_transformation_mode", coordinates), graph.IntAttr("antialias", i%2),
				}}
				p.prove(t)
			}
		}
		proof{op: "Resize", in: []*graph.Tensor{random(rng, 1, 40, 9, 8), nil, nil, ints(1, 40, 18, 13)}, attrs: []*graph.Attr{
			graph.StringAttr("mode", mode)}}.proveBinds(t)
		proof{op: "Resize", in: []*graph.Tensor{random(rng, 2, 3, 60, 50), nil, nil, ints(120, 99)}, attrs: []*graph.Attr{
			graph.StringAttr("mode", mode), graph.IntsAttr("axes", 2, 3)}}.proveBinds(t)
		proof{op: "Resize", in: []*graph.Tensor{random(rng, 30, 50), nil, nil, ints(31, 20)}, attrs: []*graph.Attr{graph.StringAttr("mode", mode)}}.proveBinds(t)
	}
	proof{op: "Resize", in: []*graph.Tensor{random(rng, 1, 3, 4, 4), graph.TensorOf([]float32{0, 0, -0.5, 0, 1, 1, 1.2, 1}, 8), nil, ints(1, 3, 6, 6)}, attrs: []*graph.Attr{
		graph.StringAttr("mode", "linear"), graph.StringAttr("coordinate_transformation_mode", "tf_crop_and_resize")}}.prove(t)
	proof{op: "Upsample", version: 9, in: []*graph.Tensor{random(rng, 1, 8, 4, 4), graph.TensorOf([]float32{1, 1, 2, 2}, 4)}}.proveBinds(t)
	proof{op: "Upsample", version: 9, in: []*graph.Tensor{random(rng, 1, 8, 4, 4), graph.TensorOf([]float32{1, 1, 2, 2}, 4)}, attrs: []*graph.Attr{graph.StringAttr("mode", "linear")}}.proveBinds(t)
}
