package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "ConvTranspose", Doc: "the gradient of a convolution by its input; https://onnx.ai/onnx/operators/onnx__ConvTranspose.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferConvTranspose, Couple: coupleConvTranspose, Resize: resizeConv,
		Cost: costConvTranspose, Grad: gradConvTranspose, Eval: evalConvTranspose,
	})
}

// DecodeConvTranspose reads the attributes of a ConvTranspose for an input with spatial extents in and a kernel with
// spatial extents kernel. Automatic padding is resolved. Input position p reaches output position p*stride - before +
// k*dilation through kernel position k.
func DecodeConvTranspose(n *graph.Node, in, kernel []int) (ConvWindow, error) {
	w, err := decodeWindow(n, kernel)
	if err != nil {
		return ConvWindow{}, err
	}
	shape, err := transposedShape(n, &w, graph.ShapeOf(in...))
	if err != nil {
		return ConvWindow{}, err
	}
	out, _ := shape.Ints()
	return ConvWindow{n.Int("group", 1), kernel, w.strides, w.dilations, w.before, w.after, out}, nil
}

// transposedShape returns the spatial output shape, and sets w's padding if it follows from that.
func transposedShape(n *graph.Node, w *window, in graph.Shape) (graph.Shape, error) {
	rank := len(w.kernel)
	if len(in) != rank {
		return nil, fmt.Errorf("kernel of %d axes on an input of %d spatial axes", rank, len(in))
	}
	extra, err := spatial(n, "output_padding", rank, 0, 0)
	if err != nil {
		return nil, err
	}
	wanted, err := spatial(n, "output_shape", rank, -1, 0)
	if err != nil {
		return nil, err
	}
	out := make(graph.Shape, rank)
	for d, size := range in {
		full := func(size int) int { return (size-1)*w.strides[d] + extra[d] + w.span(d) } // unpadded
		p, known := size.Value()
		switch {
		case wanted[d] >= 0:
			out[d] = graph.Size(wanted[d])
			if known {
				w.transposedPads(n, d, full(p)-wanted[d])
			}
		case w.auto != "":
			out[d] = size.Mul(graph.Size(w.strides[d]))
			if known {
				w.transposedPads(n, d, full(p)-p*w.strides[d])
			}
		case known:
			out[d] = graph.Size(full(p) - w.before[d] - w.after[d])
		default:
			grow := full(1) - w.strides[d] - w.before[d] - w.after[d]
			if out[d] = size.Mul(graph.Size(w.strides[d])); grow != 0 {
				out[d] = graph.Derived(fmt.Sprintf("%d*%%s%+d", w.strides[d], grow), size)
			}
		}
		if e, k := out[d].Value(); k && e < 1 {
			return nil, fmt.Errorf("axis %d: padding leaves an output extent of %d", d+2, e)
		}
	}
	return out, nil
}

// transposedPads divides the padding that an output extent requires. Opset 11 swapped which end gets the odd one.
func (w *window) transposedPads(n *graph.Node, axis, total int) {
	total = max(0, total) // outputs beyond the reach of the kernel are added at the end
	small, large := total/2, total-total/2
	if (w.auto == "SAME_UPPER") == (n.Version >= 11) {
		w.before[axis], w.after[axis] = small, large
	} else {
		w.before[axis], w.after[axis] = large, small
	}
}

func inferConvTranspose(n *graph.Node) ([]graph.Type, error) {
	x, w := inType(n, 0), inType(n, 1)
	g, err := convGroup(n)
	if err != nil || w.Shape == nil {
		return []graph.Type{{DType: x.DType}}, err
	}
	if len(w.Shape) < 3 {
		return nil, fmt.Errorf("w: want at least 3 axes, have shape %v", w.Shape)
	}
	if c, known := w.Shape[0].Value(); known && c%g != 0 {
		return nil, fmt.Errorf("w: %d input channels do not divide into %d groups", c, g)
	}
	m := w.Shape[1].Mul(graph.Size(g))
	if b := inShape(n, 2); b != nil && (len(b) != 1 || (b[0].Known() && m.Known() && b[0] != m)) {
		return nil, fmt.Errorf("b: want shape [%v], have %v", m, b)
	}
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if len(x.Shape) != len(w.Shape) {
		return nil, fmt.Errorf("x: want %d axes as w has, have shape %v", len(w.Shape), x.Shape)
	}
	if c := x.Shape[1]; c.Known() && w.Shape[0].Known() && c != w.Shape[0] {
		return nil, fmt.Errorf("x: want %v channels (axis 1), have %v", w.Shape[0], c)
	}
	out := append(graph.Shape{x.Shape[0], m}, unknownShape(len(x.Shape)-2)...)
	kernel, known := w.Shape[2:].Ints()
	if !known {
		return []graph.Type{graph.TensorType(x.DType, out)}, nil
	}
	win, err := decodeWindow(n, kernel)
	if err != nil {
		return nil, err
	}
	spatial, err := transposedShape(n, &win, x.Shape[2:])
	copy(out[2:], spatial)
	return []graph.Type{graph.TensorType(x.DType, out)}, err
}

// coupleConvTranspose is coupleConv with the channels of input and output exchanged.
func coupleConvTranspose(n *graph.Node) (c Coupling, err error) {
	g, err := convGroup(n)
	if err != nil {
		return c, err
	}
	w := inShape(n, 1)
	c.link(In(0, 0), Out(0, 0))
	c.link(In(0, 1), In(1, 0))
	if n.In(2) != nil {
		c.link(In(2, 0), Out(0, 1))
	}
	coupleGroups(&c, g, w[0], w[1], Out(0, 1), In(1, 0), In(1, 1))
	pinSpatial(&c, n)
	for d := 2; d < len(w); d++ {
		c.pinAxis(In(1, d), "kernel axis of "+n.Op)
	}
	return c, nil
}

func costConvTranspose(n *graph.Node) Cost {
	x, w := inShape(n, 0), inShape(n, 1)
	if x == nil || w == nil {
		return Cost{graph.Unknown}
	}
	return Cost{x.Elems().Mul(w[1:].Elems())}
}

func evalConvTranspose(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, w := in[0], in[1]
	g, err := convGroup(n)
	if err != nil {
		return nil, err
	}
	if x.Rank() < 3 || x.Rank() != w.Rank() || x.Shape()[1] != w.Shape()[0] || x.Shape()[1]%g != 0 {
		return nil, fmt.Errorf("x of shape %v and w of shape %v do not go together in %d groups", x.Shape(), w.Shape(), g)
	}
	geo, err := DecodeConvTranspose(n, x.Shape()[2:], w.Shape()[2:])
	if err != nil {
		return nil, err
	}
	v, err := floatInputs(in)
	if err != nil {
		return nil, err
	}
	channels, each := x.Shape()[1], w.Shape()[1]
	dims := append([]int{x.Shape()[0], each * g}, geo.Out...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	plane, kernel, area := volume(x.Shape()[2:]), volume(geo.Kernel), volume(geo.Out)
	y := make([]float64, volume(dims))
	if len(v) > 2 && v[2] != nil {
		if len(v[2]) != each*g {
			return nil, fmt.Errorf("b: want %d elements, have %d", each*g, len(v[2]))
		}
		for i := range y {
			y[i] = v[2][i/area%(each*g)]
		}
	}
	geo.scatter(x.Shape()[2:], func(from, tap, to int) {
		for image := range dims[0] {
			for c := range channels {
				first := c / (channels / g) * each
				for m := range each {
					y[(image*each*g+first+m)*area+to] += v[0][(image*channels+c)*plane+from] * v[1][(c*each+m)*kernel+tap]
				}
			}
		}
	})
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// scatter calls f for every input position from and kernel position tap that reach an output position to, all in
// row-major order.
func (w ConvWindow) scatter(in []int, f func(from, tap, to int)) {
	p, k := make([]int, len(in)), make([]int, len(in))
	for from := range volume(in) {
		unravel(from, in, p)
	next:
		for tap := range volume(w.Kernel) {
			unravel(tap, w.Kernel, k)
			to := 0
			for d := range p {
				o := p[d]*w.Strides[d] - w.Before[d] + k[d]*w.Dilations[d]
				if o < 0 || o >= w.Out[d] {
					continue next
				}
				to = to*w.Out[d] + o
			}
			f(from, tap, to)
		}
	}
}

// gradConvTranspose: what a convolution is to its input, this is to its output.
func gradConvTranspose(b *Backward) error {
	x, w := b.dims(b.in(0)), b.dims(b.in(1))
	if b.err != nil {
		return b.err
	}
	win, err := DecodeConvTranspose(b.Node, x[2:], w[2:])
	if err != nil {
		return err
	}
	for d, size := range x[2:] {
		span := (win.Kernel[d]-1)*win.Dilations[d] + 1
		if have := win.Out[d] + win.Before[d] + win.After[d] - span; have/win.Strides[d]+1 != size || win.Before[d] < 0 || win.After[d] < 0 {
			return noGradient("output_padding reaches the next stride, or padding is negative")
		}
	}
	if b.wants(0) {
		b.set(0, b.add("Conv", []*graph.Value{b.grad(0), b.in(1)}, win.attrs()...))
	}
	if b.wants(1) {
		b.set(1, b.own("ConvWeightGradient", []*graph.Value{b.grad(0), b.in(0)}, win.attrs()...))
	}
	if b.wants(2) {
		b.set(2, b.reshape(b.reduce("ReduceSum", b.grad(0), allBut(1, len(x))...), b.dims(b.in(2))))
	}
	return nil
}
