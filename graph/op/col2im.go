package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Col2Im", Doc: "the sum of the blocks of an image where they overlap; https://onnx.ai/onnx/operators/onnx__Col2Im.html",
		Since: 18, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferCol2Im, Couple: coupleCol2Im, Eval: evalCol2Im,
	})
}

func inferCol2Im(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape != nil && len(x.Shape) != 3 {
		return nil, fmt.Errorf("want 3 axes, have shape %v", x.Shape)
	}
	count, known := elemCount(n, 1)
	if !known || x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if blocks, known := elemCount(n, 2); known && blocks != count {
		return nil, fmt.Errorf("block_shape: want %d extents as the image has, have %d", count, blocks)
	}
	out := unknownShape(2 + count)
	out[0] = x.Shape[0]
	copy(out[2:], inputElems(n, 1))
	if block, known := inputInts(n, 2); known {
		if _, err := decodeWindow(n, block); err != nil {
			return nil, err
		}
		if c, known := x.Shape[1].Value(); known && c%volume(block) != 0 {
			return nil, fmt.Errorf("want channels of %d elements each, have %d", volume(block), c)
		}
		out[1], _ = x.Shape[1].Div(graph.Size(volume(block)))
	}
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

// coupleCol2Im states that each channel of the input has the elements of a block side by side.
func coupleCol2Im(n *graph.Node) (c Coupling, err error) {
	block, known := inputInts(n, 2)
	y := n.Out(0).Type.Shape
	if !known || len(y) < 2 {
		return c, fmt.Errorf("the block is computed at run time")
	}
	c.link(In(0, 0), Out(0, 0))
	each := graph.Size(volume(block))
	elements := c.addVirtual(each)
	c.pinAxis(elements, "positions of a block")
	c.Product = append(c.Product, Product{[]Axis{In(0, 1)}, axesOver1([]Axis{Out(0, 1), elements}, []graph.Dim{y[1], each})})
	return c, nil
}

func evalCol2Im(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	image, err := intsOf(in, 1)
	if err != nil {
		return nil, err
	}
	block, err := intsOf(in, 2)
	if err != nil {
		return nil, err
	}
	if x.Rank() != 3 || len(image) == 0 || len(block) != len(image) {
		return nil, fmt.Errorf("want 3 axes, and a block of as many extents as the image, have shape %v, %v and %v", x.Shape(), block, image)
	}
	win, err := decodeWindow(n, block)
	if err != nil {
		return nil, err
	}
	win.padded(image)
	shape, err := win.outShape(graph.ShapeOf(image...))
	if err != nil {
		return nil, err
	}
	places, _ := shape.Ints()
	taps := volume(block)
	channels := x.Shape()[1] / taps
	if mustFit(places) != nil || x.Shape()[1]%taps != 0 || x.Shape()[2] != volume(places) {
		return nil, fmt.Errorf("want shape [N,C·%d,%v], have %v", taps, shape.Elems(), x.Shape())
	}
	dims := append([]int{x.Shape()[0], channels}, image...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	y, plane, columns := make([]float64, volume(dims)), volume(image), volume(places)
	at := make([]int, len(image))
	for p := range columns {
		unravel(p, places, at)
		win.visit(image, at, func(tap, index int) {
			for c := range x.Shape()[0] * channels {
				y[c*plane+index] += v[(c*taps+tap)*columns+p]
			}
		})
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}
