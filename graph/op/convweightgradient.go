package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "ConvWeightGradient", Domain: Gradients, Since: 1, Until: 1,
		Doc:   "the gradient of a convolution by its kernel, from its input and the gradient of its output; attributes as of Conv",
		MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1, Tolerance: Tolerance{1e-5, 1e-5},
		Infer: inferConvWeightGradient, Cost: costConvWeightGradient, Eval: evalConvWeightGradient,
	})
}

// inferConvWeightGradient: input 0 is N x C x ..., input 1 is N x M x ..., the kernel M x C/group x ....
func inferConvWeightGradient(n *graph.Node) ([]graph.Type, error) {
	x, g := inType(n, 0), inShape(n, 1)
	kernel := n.Ints("kernel_shape")
	if x.Shape == nil || g == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if len(x.Shape) != 2+len(kernel) || len(g) != len(x.Shape) {
		return nil, fmt.Errorf("want x and gradient with %d axes, have shapes %v and %v", 2+len(kernel), x.Shape, g)
	}
	group, err := convGroup(n)
	if err != nil {
		return nil, err
	}
	each, ok := x.Shape[1].Div(graph.Size(group))
	if !ok {
		return nil, fmt.Errorf("x: %v channels do not divide into %d groups", x.Shape[1], group)
	}
	return []graph.Type{graph.TensorType(x.DType, append(graph.Shape{g[1], each}, graph.ShapeOf(kernel...)...))}, nil
}

func costConvWeightGradient(n *graph.Node) Cost {
	g, w := inShape(n, 1), n.Out(0).Type.Shape
	if g == nil || w == nil {
		return Cost{graph.Unknown}
	}
	return Cost{g.Elems().Mul(w[1:].Elems())}
}

func evalConvWeightGradient(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, g := in[0], in[1]
	kernel := n.Ints("kernel_shape")
	if x.Rank() != 2+len(kernel) || g.Rank() != x.Rank() {
		return nil, fmt.Errorf("want x and gradient with %d axes, have shapes %v and %v", 2+len(kernel), x.Shape(), g.Shape())
	}
	size := x.Shape()[2:]
	geo, err := DecodeConv(n, size, kernel)
	if err != nil {
		return nil, err
	}
	channels, outs := x.Shape()[1], g.Shape()[1]
	if geo.Group < 1 || channels%geo.Group != 0 || outs%geo.Group != 0 ||
		!slices.Equal(geo.Out, g.Shape()[2:]) || x.Shape()[0] != g.Shape()[0] {
		return nil, fmt.Errorf("x of shape %v and gradient of shape %v do not go together", x.Shape(), g.Shape())
	}
	a, okA := graph.Floats(x)
	d, okD := graph.Floats(g)
	if !okA || !okD {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	win := window{kernel: geo.Kernel, strides: geo.Strides, dilations: geo.Dilations, before: geo.Before}
	each, of := channels/geo.Group, outs/geo.Group
	plane, area, taps := volume(size), volume(geo.Out), volume(kernel)
	if err := mustFit([]int{outs, each, taps}); err != nil {
		return nil, err
	}
	w := make([]float64, outs*each*taps)
	at := make([]int, len(size))
	for image := range x.Shape()[0] {
		for m := range outs {
			for o := range area {
				unravel(o, geo.Out, at)
				dy := d[(image*outs+m)*area+o]
				win.visit(size, at, func(tap, index int) {
					for c := range each {
						w[(m*each+c)*taps+tap] += dy * a[(image*channels+m/of*each+c)*plane+index]
					}
				})
			}
		}
	}
	t, err := fromFloats(x.DType(), w, append([]int{outs, each}, kernel...))
	return []*graph.Tensor{t}, err
}
