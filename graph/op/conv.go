package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Conv", Doc: "convolution; https://onnx.ai/onnx/operators/onnx__Conv.html",
		Since: 1, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-5, 1e-5},
		Infer:     inferConv, Couple: coupleConv, Resize: resizeConv, Cost: costConv, Grad: gradConv, Eval: evalConv,
	})
}

// ConvWindow is the geometry of a Conv for known extents of input and kernel. A fast implementation
// needs nothing else besides the data.
type ConvWindow struct {
	Group                                     int
	Kernel, Strides, Dilations, Before, After []int
	Out                                       []int // spatial output extents
}

// DecodeConv reads the attributes of a Conv for an input with spatial extents in and a kernel with spatial extents
// kernel. Automatic padding is resolved.
func DecodeConv(n *graph.Node, in, kernel []int) (ConvWindow, error) {
	w, err := decodeWindow(n, kernel)
	if err != nil {
		return ConvWindow{}, err
	}
	return w.over(in, n.Int("group", 1))
}

// over resolves w for spatial extents in.
func (w window) over(in []int, group int) (ConvWindow, error) {
	shape, err := w.outShape(graph.ShapeOf(in...))
	if err != nil {
		return ConvWindow{}, err
	}
	w.padded(in)
	out, _ := shape.Ints()
	return ConvWindow{group, w.kernel, w.strides, w.dilations, w.before, w.after, out}, nil
}

func convGroup(n *graph.Node) (int, error) {
	g := n.Int("group", 1)
	if g < 1 {
		return 0, fmt.Errorf("group: want a positive number, have %d", g)
	}
	return g, nil
}

func inferConv(n *graph.Node) ([]graph.Type, error) { return inferConvOf(n, 1, 2) }

// inferConvOf is inferConv for a kernel and a bias at those inputs.
func inferConvOf(n *graph.Node, kernelAt, biasAt int) ([]graph.Type, error) {
	x, w := inType(n, 0), inType(n, kernelAt)
	g, err := convGroup(n)
	if err != nil || w.Shape == nil {
		return []graph.Type{{DType: x.DType}}, err
	}
	if len(w.Shape) < 3 {
		return nil, fmt.Errorf("w: want at least 3 axes, have shape %v", w.Shape)
	}
	if m, known := w.Shape[0].Value(); known && m%g != 0 {
		return nil, fmt.Errorf("w: %d output channels do not divide into %d groups", m, g)
	}
	if b := inShape(n, biasAt); b != nil && (len(b) != 1 || (b[0].Known() && w.Shape[0].Known() && b[0] != w.Shape[0])) {
		return nil, fmt.Errorf("b: want shape [%v], have %v", w.Shape[0], b)
	}
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	if len(x.Shape) != len(w.Shape) {
		return nil, fmt.Errorf("x: want %d axes as w has, have shape %v", len(w.Shape), x.Shape)
	}
	if c, k := x.Shape[1], w.Shape[1].Mul(graph.Size(g)); c.Known() && k.Known() && c != k {
		return nil, fmt.Errorf("x: want %v channels (axis 1), have %v", k, c)
	}
	out := append(graph.Shape{x.Shape[0], w.Shape[0]}, unknownShape(len(x.Shape)-2)...)
	kernel, known := w.Shape[2:].Ints()
	if !known {
		return []graph.Type{graph.TensorType(x.DType, out)}, nil
	}
	win, err := decodeWindow(n, kernel)
	if err != nil {
		return nil, err
	}
	spatial, err := win.outShape(x.Shape[2:])
	copy(out[2:], spatial)
	return []graph.Type{graph.TensorType(x.DType, out)}, err
}

func coupleConv(n *graph.Node) (Coupling, error) { return coupleConvOf(n, 1, 2) }

// coupleConvOf is coupleConv for a kernel and a bias at those inputs.
func coupleConvOf(n *graph.Node, kernelAt, biasAt int) (c Coupling, err error) {
	g, err := convGroup(n)
	if err != nil {
		return c, err
	}
	w := inShape(n, kernelAt)
	c.link(In(0, 0), Out(0, 0))
	c.link(In(kernelAt, 0), Out(0, 1))
	if n.In(biasAt) != nil {
		c.link(In(biasAt, 0), Out(0, 1))
	}
	coupleGroups(&c, g, w[0], w[1], In(0, 1), In(kernelAt, 0), In(kernelAt, 1))
	pinSpatial(&c, n)
	for d := 2; d < len(w); d++ {
		c.pinAxis(In(kernelAt, d), "kernel axis of "+n.Op)
	}
	return c, nil
}

// coupleGroups states that in is g groups of the positions of each, and out g groups of whatever remains. Virtual axis 0
// is the groups, which the attribute follows.
func coupleGroups(c *Coupling, g int, out, each graph.Dim, in, outAxis, eachAxis Axis) {
	if g == 1 {
		c.link(in, eachAxis)
		return
	}
	groups := c.addVirtual(graph.Size(g))
	c.Product = append(c.Product, Product{[]Axis{in}, axesOver1([]Axis{groups, eachAxis}, []graph.Dim{graph.Size(g), each})})
	c.link(eachAxis, eachAxis) // stated even if its extent is 1
	perGroup, _ := out.Div(graph.Size(g))
	rest := c.addVirtual(perGroup)
	c.Product = append(c.Product, Product{[]Axis{outAxis}, axesOver1([]Axis{groups, rest}, []graph.Dim{graph.Size(g), perGroup})})
}

// axesOver1 returns the axes whose extent is not 1.
func axesOver1(axes []Axis, dims []graph.Dim) []Axis {
	var out []Axis
	for i, a := range axes {
		if !dims[i].Is(1) {
			out = append(out, a)
		}
	}
	return out
}

func resizeConv(n *graph.Node, kept Kept) error {
	if n.Int("group", 1) == 1 {
		return nil
	}
	if groups := kept(VirtualAxis(0)); groups != nil {
		n.SetAttr(graph.IntAttr("group", len(groups)))
	}
	return nil
}

func costConv(n *graph.Node) Cost { return costConvOf(n, 1) }

// costConvOf is costConv for a kernel at that input.
func costConvOf(n *graph.Node, kernelAt int) Cost {
	w := inShape(n, kernelAt)
	y := n.Out(0).Type.Shape
	if w == nil || y == nil {
		return Cost{graph.Unknown}
	}
	return Cost{y.Elems().Mul(w[1:].Elems())}
}

func evalConv(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, w := in[0], in[1]
	if x.Rank() < 3 || x.Rank() != w.Rank() {
		return nil, fmt.Errorf("x of shape %v and w of shape %v do not go together", x.Shape(), w.Shape())
	}
	g, err := convGroup(n)
	if err != nil {
		return nil, err
	}
	channels, outs, each := x.Shape()[1], w.Shape()[0], w.Shape()[1]
	if channels != each*g || outs%g != 0 {
		return nil, fmt.Errorf("x has %d channels, want %d groups of %d", channels, g, each)
	}
	size := x.Shape()[2:]
	geo, err := DecodeConv(n, size, w.Shape()[2:])
	if err != nil {
		return nil, err
	}
	win := window{kernel: geo.Kernel, strides: geo.Strides, dilations: geo.Dilations, before: geo.Before}
	a, okA := graph.Floats(x)
	k, okK := graph.Floats(w)
	if !okA || !okK {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	var bias []float64
	if len(in) > 2 && in[2] != nil {
		if bias, _ = graph.Floats(in[2]); len(bias) != outs {
			return nil, fmt.Errorf("b: want shape [%d], have %v", outs, in[2].Shape())
		}
	}
	dims := append([]int{x.Shape()[0], outs}, geo.Out...)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	plane, kernel, area := volume(size), volume(geo.Kernel), volume(geo.Out)
	y := make([]float64, 0, volume(dims))
	at := make([]int, len(size))
	for image := range dims[0] {
		for m := range outs {
			first := m / (outs / g) * each
			for o := range area {
				unravel(o, geo.Out, at)
				total := 0.0
				if bias != nil {
					total = bias[m]
				}
				win.visit(size, at, func(tap, index int) {
					for c := range each {
						total += a[(image*channels+first+c)*plane+index] * k[(m*each+c)*kernel+tap]
					}
				})
				y = append(y, total)
			}
		}
	}
	t, err := fromFloats(x.DType(), y, dims)
	return []*graph.Tensor{t}, err
}

// gradConv: the input's gradient is a transposed convolution of the output's, the kernel's one of its own operator.
func gradConv(b *Backward) error {
	x, w := b.dims(b.in(0)), b.dims(b.in(1))
	if b.err != nil {
		return b.err
	}
	win, err := DecodeConv(b.Node, x[2:], w[2:])
	if err != nil {
		return err
	}
	if b.wants(0) {
		extra := make([]int, len(win.Out)) // what the strides leave over at the end
		for d := range extra {
			span := (win.Kernel[d]-1)*win.Dilations[d] + 1
			extra[d] = x[2+d] + win.Before[d] + win.After[d] - span - (win.Out[d]-1)*win.Strides[d]
		}
		b.set(0, b.add("ConvTranspose", []*graph.Value{b.grad(0), b.in(1)}, append(win.attrs(), graph.IntsAttr("output_padding", extra...))...))
	}
	if b.wants(1) {
		b.set(1, b.own("ConvWeightGradient", []*graph.Value{b.in(0), b.grad(0)}, win.attrs()...))
	}
	if b.wants(2) {
		b.set(2, b.reshape(b.reduce("ReduceSum", b.grad(0), allBut(1, len(x))...), b.dims(b.in(2))))
	}
	return nil
}

// attrs returns w as attributes of a convolution, with its padding resolved.
func (w ConvWindow) attrs() []*graph.Attr {
	return []*graph.Attr{graph.IntAttr("group", w.Group), graph.IntsAttr("kernel_shape", w.Kernel...), graph.IntsAttr("strides", w.Strides...),
		graph.IntsAttr("dilations", w.Dilations...), graph.IntsAttr("pads", append(slices.Clone(w.Before), w.After...)...)}
}

// allBut lists the axes of that rank but one.
func allBut(axis, rank int) []int {
	return slices.DeleteFunc(identity(rank), func(d int) bool { return d == axis })
}
