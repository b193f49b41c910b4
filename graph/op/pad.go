package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Pad", Doc: "positions added or cut off at the ends of axes; https://onnx.ai/onnx/operators/onnx__Pad.html",
		Since: 2, Until: Latest, MinIn: 1, MaxIn: 4, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferPad, Couple: couplePad, Resize: resizePad, Grad: gradPad, Eval: evalPad,
	})
}

// padding holds what is added before and after each axis. Negative numbers cut off.
type padding struct {
	before, after []graph.Dim
	entry         []int // of each axis in the list of pads, -1 where it is not listed
	count         int   // of axes listed
}

// newPadding spreads a list of pads (all those before, then all those after) over the axes that it
// is for; nil axes means all.
func newPadding(pads []graph.Dim, axes []int, rank int) (p padding, err error) {
	if axes == nil {
		for d := range rank {
			axes = append(axes, d)
		}
	}
	if len(pads) != 2*len(axes) {
		return p, fmt.Errorf("pads: want %d values, have %d", 2*len(axes), len(pads))
	}
	if _, err := normalAxes(axes, rank); err != nil {
		return p, err
	}
	p.before = graph.ShapeOf(make([]int, rank)...)
	p.after = graph.ShapeOf(make([]int, rank)...)
	p.entry = slices.Repeat([]int{-1}, rank)
	p.count = len(axes)
	for i, d := range axes {
		d, _ := normalAxis(d, rank)
		p.before[d], p.after[d], p.entry[d] = pads[i], pads[i+len(axes)], i
	}
	return p, nil
}

// paddingOf decodes the pads for a tensor of that rank. ok is false if the axes are known only at
// run time.
func paddingOf(n *graph.Node, rank int) (p padding, ok bool, err error) {
	if n.Version < 11 {
		p, err = newPadding(graph.ShapeOf(n.Ints("pads")...), nil, rank)
		return p, true, err
	}
	var axes []int
	if n.Version >= 18 && n.In(3) != nil {
		if axes, ok = inputInts(n, 3); !ok {
			return p, false, nil
		}
	}
	count := rank
	if axes != nil {
		count = len(axes)
	}
	pads := inputElems(n, 1)
	if pads == nil {
		pads = unknownShape(2 * count)
	}
	p, err = newPadding(pads, axes, rank)
	return p, true, err
}

func padMode(n *graph.Node) (string, error) {
	mode := n.Str("mode", "constant")
	switch mode {
	case "constant", "reflect", "edge":
		return mode, nil
	case "wrap":
		if n.Version >= 19 {
			return mode, nil
		}
	}
	return "", fmt.Errorf("mode: %q is none of constant, reflect, edge and, from opset 19 on, wrap", mode)
}

func inferPad(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	t := graph.Type{DType: x.DType}
	if _, err := padMode(n); err != nil {
		return nil, err
	}
	if n.Version >= 11 && n.In(1) == nil {
		return nil, fmt.Errorf("pads: missing")
	}
	if x.Shape == nil {
		return []graph.Type{t}, nil
	}
	p, ok, err := paddingOf(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	t.Shape = unknownShape(len(x.Shape))
	for d, e := range x.Shape {
		if !ok {
			break
		}
		t.Shape[d] = e.Add(p.before[d]).Add(p.after[d])
		if v, known := t.Shape[d].Value(); known && v < 0 {
			return nil, fmt.Errorf("pads: %v and %v leave nothing of extent %v on axis %d", p.before[d], p.after[d], e, d)
		}
	}
	return []graph.Type{t}, nil
}

// padEnd is what is added at one end of an axis, or cut off if negative.
type padEnd struct {
	index   int // in the list of pads
	size    int
	virtual Axis // the positions that only one side has
}

// couplePadded couples the axes and returns the ends that a cut rewrites.
func couplePadded(c *Coupling, n *graph.Node) ([]padEnd, error) {
	in := inShape(n, 0)
	mode, err := padMode(n)
	if err != nil {
		return nil, err
	}
	p, ok, err := paddingOf(n, len(in))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("which axes are padded is known at run time only")
	}
	var ends []padEnd
	for d, extent := range in {
		before, okB := p.before[d].Value()
		after, okA := p.after[d].Value()
		size, known := extent.Value()
		core := size + min(before, 0) + min(after, 0)
		switch {
		case okB && okA && before == 0 && after == 0:
			c.link(In(0, d), Out(0, d))
		case !okB || !okA || !known || !fixed(n, 1):
			c.pinBoth(d, "how it is padded is known at run time only")
		case mode != "constant":
			c.pinBoth(d, "its ends are padded with positions of its own (mode "+mode+")")
		case core < 1:
			c.pinBoth(d, "padding cuts all of it off")
		default:
			index := p.entry[d]
			ends = append(ends, c.pad(d, core, padEnd{index: index, size: before}, padEnd{index: index + p.count, size: after})...)
		}
	}
	return ends, nil
}

// pad couples one padded axis. The input is what is cut off and the core; the output is what is
// added and the core.
func (c *Coupling) pad(d, core int, before, after padEnd) []padEnd {
	sides := [2][2][]Axis{} // input and output; before and after
	ends := []padEnd{before, after}
	for i := range ends {
		e := &ends[i]
		if e.size > 0 {
			e.virtual = c.addVirtual(graph.Size(e.size))
			sides[1][i] = []Axis{e.virtual}
		} else if e.size < 0 {
			e.virtual = c.addVirtual(graph.Size(-e.size))
			sides[0][i] = []Axis{e.virtual}
		}
	}
	middle := c.addVirtual(graph.Size(core))
	for i, whole := range []Axis{In(0, d), Out(0, d)} {
		c.Sum = append(c.Sum, Sum{whole, slices.Concat(sides[i][0], []Axis{middle}, sides[i][1])})
	}
	return ends
}

func couplePad(n *graph.Node) (c Coupling, err error) {
	_, err = couplePadded(&c, n)
	for i := 1; i < len(n.Inputs()); i++ {
		pinInput(&c, n, i, isParameter)
	}
	return c, err
}

// resizePad rewrites the pads whose positions were cut.
func resizePad(n *graph.Node, kept Kept) error {
	if inShape(n, 0) == nil {
		return nil
	}
	var c Coupling
	ends, err := couplePadded(&c, n)
	if err != nil {
		return nil // all axes are pinned: nothing was cut
	}
	pads := n.Ints("pads")
	if n.Version >= 11 {
		pads, _ = inputInts(n, 1)
	}
	cut := false
	for _, e := range ends {
		if e.size == 0 || !cutsAny(kept, e.virtual) {
			continue
		}
		size := len(kept(e.virtual))
		if e.size < 0 {
			size = -size
		}
		pads[e.index], cut = size, true
	}
	switch {
	case !cut:
		return nil
	case n.Version < 11:
		n.SetAttr(graph.IntsAttr("pads", pads...))
		return nil
	}
	return setInts(n, 1, pads)
}

// DecodePad returns what a Pad adds around its input: its mode, the number of positions before the first of each axis,
// the extents of the output, and for mode constant the tensor that holds the value, nil for zero.
func DecodePad(n *graph.Node, in []*graph.Tensor) (mode string, before, dims []int, fill *graph.Tensor, err error) {
	x := in[0]
	pads, axes := n.Ints("pads"), []int(nil)
	if n.Version >= 11 {
		if pads, err = intsOf(in, 1); err != nil {
			return "", nil, nil, nil, err
		}
		if axes, err = intsOf(in, 3); err != nil {
			return "", nil, nil, nil, err
		}
	}
	p, err := newPadding(graph.ShapeOf(pads...), axes, x.Rank())
	if err != nil {
		return "", nil, nil, nil, err
	}
	if fill, err = padFill(n, in); err != nil {
		return "", nil, nil, nil, err
	}
	if mode, err = padMode(n); err != nil {
		return "", nil, nil, nil, err
	}
	before, _ = graph.Shape(p.before).Ints()
	after, _ := graph.Shape(p.after).Ints()
	dims = slices.Clone(x.Shape())
	for d := range dims {
		dims[d] += before[d] + after[d]
	}
	if err := mustFit(dims); err != nil {
		return "", nil, nil, nil, err
	}
	if mode != "constant" && x.Len() == 0 && volume(dims) > 0 {
		return "", nil, nil, nil, fmt.Errorf("mode %s: there are no elements to pad with", mode)
	}
	return mode, before, dims, fill, nil
}

func evalPad(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	mode, before, dims, fill, err := DecodePad(n, in)
	if err != nil {
		return nil, err
	}
	strides, at := rowMajor(x.Shape()), make([]int, len(dims))
	t, err := arrange(x.DType(), dims, func(i int) (*graph.Tensor, int) {
		unravel(i, dims, at)
		from := 0
		for d, q := range at {
			q = padSource(mode, q-before[d], x.Shape()[d])
			if q < 0 {
				return fill, 0
			}
			from += q * strides[d]
		}
		return x, from
	})
	return []*graph.Tensor{t}, err
}

// padSource returns the position that padding puts at position p of an axis of that size, or -1 for
// the constant.
func padSource(mode string, p, size int) int {
	if p >= 0 && p < size {
		return p
	}
	switch mode {
	case "edge":
		return min(max(p, 0), size-1)
	case "wrap":
		return ((p % size) + size) % size
	case "reflect":
		if size == 1 {
			return 0
		}
		period := 2 * (size - 1)
		p = ((p % period) + period) % period
		return min(p, period-p)
	}
	return -1
}

// padFill returns the constant to pad with; nil means zero.
func padFill(n *graph.Node, in []*graph.Tensor) (*graph.Tensor, error) {
	if n.Version < 11 {
		return fromFloats(in[0].DType(), []float64{float64(n.Float("value", 0))}, nil)
	}
	if len(in) < 3 || in[2] == nil {
		return nil, nil
	}
	if in[2].Len() != 1 || in[2].DType() != in[0].DType() {
		return nil, fmt.Errorf("constant_value: want one %v, have %v%v", in[0].DType(), in[2].DType(), in[2].Shape())
	}
	return in[2], nil
}

// gradPad takes off what was added. Positions at the ends that are copies have gradients to add up, which is not done.
func gradPad(b *Backward) error {
	if b.wants(2) {
		return noGradient("by the value that it pads with")
	}
	if !b.wants(0) {
		return nil
	}
	rank := len(b.dims(b.in(0)))
	p, ok, err := paddingOf(b.Node, rank)
	if err != nil {
		return err
	}
	before, okB := graph.Shape(p.before).Ints()
	after, okA := graph.Shape(p.after).Ints()
	if mode, err := padMode(b.Node); err != nil || mode != "constant" || !ok || !okA || !okB {
		return noGradient("mode " + mode + " or unknown pads")
	}
	pads := append(slices.Clone(before), after...)
	for i := range pads {
		pads[i] = -pads[i]
	}
	b.set(0, b.add("Pad", []*graph.Value{b.grad(0), b.ints(pads...)}))
	return nil
}
