package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "GatherGradient", Domain: Gradients, Since: 1, Until: 1,
		Doc:   "the gradient of a Gather by its data, which has the attribute extent along axis, from that of its output and the indices",
		MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1, Tolerance: Tolerance{1e-6, 1e-5},
		Infer: inferGatherGradient, Eval: evalGatherGradient,
	})
}

func inferGatherGradient(n *graph.Node) ([]graph.Type, error) {
	g, at := inType(n, 0), inShape(n, 1)
	if g.Shape == nil || at == nil {
		return []graph.Type{{DType: g.DType}}, nil
	}
	axis := n.Int("axis", 0)
	if axis < 0 || axis > len(g.Shape) || n.Int("extent", 0) < 1 || axis+len(at) > len(g.Shape) {
		return nil, fmt.Errorf("extent %d of axis %d with indices of shape %v: the gradient has shape %v", n.Int("extent", 0), axis, at, g.Shape)
	}
	s := slices.Concat(g.Shape[:axis], graph.ShapeOf(n.Int("extent", 0)), g.Shape[axis+len(at):])
	return []graph.Type{graph.TensorType(g.DType, s)}, nil
}

func evalGatherGradient(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	g, axis, extent := in[0].Shape(), n.Int("axis", 0), n.Int("extent", 0)
	index, ok := graph.Ints(in[1])
	v, okV := graph.Floats(in[0])
	if rank := in[1].Rank(); !ok || !okV || extent < 1 || axis < 0 || axis > len(g) ||
		axis+rank > len(g) || !slices.Equal(g[axis:axis+rank], in[1].Shape()) {
		return nil, fmt.Errorf("indices of shape %v do not go with a gradient of shape %v", in[1].Shape(), g)
	}
	outer, inner := volume(g[:axis]), volume(g[axis+in[1].Rank():])
	dims := slices.Concat(g[:axis], []int{extent}, g[axis+in[1].Rank():])
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	dx := make([]float64, volume(dims))
	for o := range outer {
		for i, at := range index {
			if at < 0 {
				at += int64(extent)
			}
			if at < 0 || at >= int64(extent) {
				return nil, fmt.Errorf("index %d is outside an axis of %d", index[i], extent)
			}
			from, to := (o*len(index)+i)*inner, (o*extent+int(at))*inner
			for k := range inner {
				dx[to+k] += v[from+k]
			}
		}
	}
	t, err := fromFloats(in[0].DType(), dx, dims)
	return []*graph.Tensor{t}, err
}
