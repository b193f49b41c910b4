package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// DecodePool reads the attributes of MaxPool and AveragePool for an input with spatial extents in. Automatic padding is
// resolved, and the group is 1.
func DecodePool(n *graph.Node, in []int) (ConvWindow, error) {
	w, err := decodePool(n, len(in))
	if err != nil {
		return ConvWindow{}, err
	}
	return w.over(in, 1)
}

// decodePool returns the window of a pooling over that many spatial axes.
func decodePool(n *graph.Node, rank int) (window, error) {
	kernel := n.Ints("kernel_shape")
	if kernel == nil {
		return window{}, fmt.Errorf("attribute kernel_shape is required and missing")
	}
	if len(kernel) != rank {
		return window{}, fmt.Errorf("kernel_shape: want %d values, have %d", rank, len(kernel))
	}
	return decodeWindow(n, kernel)
}

// imageRank returns an error unless the input has batch, channel and at least one spatial axis, or
// unknown rank.
func imageRank(x graph.Shape) error {
	if x != nil && len(x) < 3 {
		return fmt.Errorf("x: want at least 3 axes, have shape %v", x)
	}
	return nil
}

// inferPool returns the type of a pooling's output 0.
func inferPool(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if err := imageRank(x.Shape); err != nil {
		return nil, err
	}
	w, err := decodePool(n, len(x.Shape)-2)
	if err != nil {
		return nil, err
	}
	spatial, err := w.outShape(x.Shape[2:])
	if err != nil {
		return nil, err
	}
	out := append(graph.Shape{x.Shape[0], x.Shape[1]}, spatial...)
	return []graph.Type{graph.TensorType(x.DType, out)}, nil
}

// couplePool couples batch and channels of input 0 and output 0 and pins the rest.
func couplePool(n *graph.Node) (c Coupling, err error) {
	c.link(In(0, 0), Out(0, 0))
	c.link(In(0, 1), Out(0, 1))
	pinSpatial(&c, n)
	return c, nil
}

// windows calls f for every output element in row-major order. plane is the index in the input at
// which its image and channel begin, and at its spatial position.
func (w ConvWindow) windows(x *graph.Tensor, f func(plane int, at []int)) {
	in := x.Shape()[2:]
	area, size := volume(w.Out), volume(in)
	at := make([]int, len(in))
	for p := range x.Shape()[0] * x.Shape()[1] {
		for o := range area {
			unravel(o, w.Out, at)
			f(p*size, at)
		}
	}
}

// poolInput returns what the Evals of poolings start from: geometry, elements, output shape.
func poolInput(n *graph.Node, x *graph.Tensor) (geo ConvWindow, win window, v []float64, dims []int, err error) {
	if err = imageRank(graph.ShapeOf(x.Shape()...)); err != nil {
		return
	}
	if geo, err = DecodePool(n, x.Shape()[2:]); err != nil {
		return
	}
	win = window{kernel: geo.Kernel, strides: geo.Strides, dilations: geo.Dilations, before: geo.Before, after: geo.After}
	v, ok := graph.Floats(x)
	if !ok {
		return geo, win, nil, nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	dims = append([]int{x.Shape()[0], x.Shape()[1]}, geo.Out...)
	return geo, win, v, dims, mustFit(dims)
}
