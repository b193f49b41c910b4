package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "AveragePoolGradient", Domain: Gradients, Since: 1, Until: 1,
		Doc:   "the gradient of an AveragePool by its input, whose spatial extents are the attribute extents, from that of its output",
		MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1, Tolerance: Tolerance{1e-6, 1e-5},
		Infer: inferAveragePoolGradient, Eval: evalAveragePoolGradient,
	})
}

func inferAveragePoolGradient(n *graph.Node) ([]graph.Type, error) {
	g := inType(n, 0)
	extents := n.Ints("extents")
	if g.Shape == nil {
		return []graph.Type{{DType: g.DType}}, nil
	}
	if len(g.Shape) != 2+len(extents) || len(extents) == 0 || slices.Min(extents) < 1 {
		return nil, fmt.Errorf("want %d axes and positive extents, have shape %v", 2+len(extents), g.Shape)
	}
	return []graph.Type{graph.TensorType(g.DType, append(g.Shape[:2:2], graph.ShapeOf(extents...)...))}, nil
}

func evalAveragePoolGradient(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	g, size := in[0], n.Ints("extents")
	v, ok := graph.Floats(g)
	if !ok || g.Rank() != 2+len(size) || len(size) == 0 || slices.Min(size) < 1 {
		return nil, fmt.Errorf("want %d axes of floating-point numbers, and positive extents, have %v%v", 2+len(size), g.DType(), g.Shape())
	}
	geo, err := DecodePool(n, size)
	if err != nil {
		return nil, err
	}
	win := window{kernel: geo.Kernel, strides: geo.Strides, dilations: geo.Dilations, before: geo.Before, after: geo.After}
	dims := append([]int{g.Shape()[0], g.Shape()[1]}, size...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	if !slices.Equal(geo.Out, g.Shape()[2:]) {
		return nil, fmt.Errorf("want a gradient of spatial extents %v, have %v", geo.Out, g.Shape()[2:])
	}
	dx := make([]float64, volume(dims))
	area, plane, at := volume(geo.Out), volume(size), make([]int, len(size))
	counts := AverageCounts(n, geo, size)
	for p := range dims[0] * dims[1] {
		for o := range area {
			unravel(o, geo.Out, at)
			win.visit(size, at, func(_, index int) { dx[p*plane+index] += v[p*area+o] / float64(counts[o]) })
		}
	}
	t, err := fromFloats(g.DType(), dx, dims)
	return []*graph.Tensor{t}, err
}
