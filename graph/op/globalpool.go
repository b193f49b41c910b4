package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// globalPools reduce each channel's plane to one element;
// https://onnx.ai/onnx/operators/ has a page for each.
var globalPools = []struct {
	name  string
	plane func([]float64) float64
	grad  func(b *Backward, axes []int) error
}{
	{"GlobalAveragePool", mean, gradReduceMean},
	{"GlobalMaxPool", maxOf, gradReduceExtreme},
}

func mean(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total / float64(len(v))
}

func init() {
	for _, p := range globalPools {
		register(Def{
			Name: p.name, Doc: p.name + " over all spatial axes; https://onnx.ai/onnx/operators/onnx__" + p.name + ".html",
			Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: Tolerance{1e-6, 1e-5},
			Infer:     inferGlobalPool,
			Couple:    coupleGlobalPool,
			Grad:      func(b *Backward) error { return p.grad(b, identity(len(b.dims(b.in(0))))[2:]) },
			Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				return evalGlobalPool(in[0], p.plane)
			},
		})
	}
}

func inferGlobalPool(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if err := imageRank(x.Shape); err != nil || x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, err
	}
	out := x.Shape.Clone()
	for i := range out[2:] {
		out[2+i] = graph.Size(1)
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

func coupleGlobalPool(n *graph.Node) (c Coupling, err error) {
	c.link(In(0, 0), Out(0, 0))
	c.link(In(0, 1), Out(0, 1))
	for d := 2; d < len(inShape(n, 0)); d++ {
		c.pinAxis(In(0, d), "spatial axis of "+n.Op)
	}
	return c, nil
}

func evalGlobalPool(x *graph.Tensor, plane func([]float64) float64) ([]*graph.Tensor, error) {
	if err := imageRank(graph.ShapeOf(x.Shape()...)); err != nil {
		return nil, err
	}
	v, ok := graph.Floats(x)
	if !ok || !x.DType().IsFloat() {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	size := volume(x.Shape()[2:])
	dims := []int{x.Shape()[0], x.Shape()[1]}
	y := make([]float64, volume(dims))
	for i := range y {
		y[i] = plane(v[i*size : (i+1)*size])
	}
	for range x.Rank() - 2 {
		dims = append(dims, 1)
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}
