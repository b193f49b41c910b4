package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Split", Doc: "a tensor in parts along an axis; https://onnx.ai/onnx/operators/onnx__Split.html",
		Since: 2, Until: Latest, MinIn: 1, MaxIn: 2, MinOut: 1, MaxOut: variadic,
		Tolerance: Exact,
		Infer:     inferSplit, Couple: coupleSplit, Resize: resizeSplit, Grad: gradSplit, Eval: evalSplit,
	})
}

// splitSizes returns the extents that the node states, in an attribute before opset 13 and an input
// from then on. stated is false if it states none, so that the number of outputs decides.
func splitSizes(n *graph.Node) (sizes []graph.Dim, stated bool) {
	if n.Version < 13 {
		v := n.Ints("split")
		return graph.ShapeOf(v...), v != nil
	}
	return inputElems(n, 1), n.In(1) != nil
}

// evenSplit divides an extent over count outputs. From opset 18 on the last may be smaller. Before
// that the extent must divide evenly.
func evenSplit(n *graph.Node, extent graph.Dim, count int) ([]graph.Dim, error) {
	size, known := extent.Value()
	if !known {
		each, ok := extent.Div(graph.Size(count))
		if !ok && n.Version < 18 {
			each = graph.Derived(fmt.Sprintf("%%s/%d", count), extent)
		}
		return slices.Repeat([]graph.Dim{each}, count), nil
	}
	each := (size + count - 1) / count
	last := size - each*(count-1)
	if last < 0 || (last != each && n.Version < 18) {
		return nil, fmt.Errorf("extent %d does not divide into %d outputs", size, count)
	}
	parts := slices.Repeat([]graph.Dim{graph.Size(each)}, count)
	parts[count-1] = graph.Size(last)
	return parts, nil
}

// splitParts returns the extent of every output on the axis, unknown if nothing determines it.
func splitParts(n *graph.Node, extent graph.Dim) ([]graph.Dim, error) {
	count := len(n.Outputs())
	if k := n.Int("num_outputs", count); n.Version >= 18 && k != count {
		return nil, fmt.Errorf("num_outputs: want %d, the number of outputs, have %d", count, k)
	}
	sizes, stated := splitSizes(n)
	switch {
	case !stated:
		return evenSplit(n, extent, count)
	case sizes == nil:
		return unknownShape(count), nil
	case len(sizes) != count:
		return nil, fmt.Errorf("split: want %d sizes, have %v", count, sizes)
	}
	total := graph.Size(0)
	for _, s := range sizes {
		if v, known := s.Value(); known && v < 0 {
			return nil, fmt.Errorf("split: want no negative sizes, have %v", sizes)
		}
		total = total.Add(s)
	}
	if total.Known() && extent.Known() && total != extent {
		return nil, fmt.Errorf("split: sizes %v add up to %v, the axis has %v", sizes, total, extent)
	}
	return sizes, nil
}

func inferSplit(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	types := make([]graph.Type, len(n.Outputs()))
	for i := range types {
		types[i].DType = x.DType
	}
	if x.Shape == nil {
		return types, nil
	}
	axis, err := normalAxis(n.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	parts, err := splitParts(n, x.Shape[axis])
	if err != nil {
		return nil, err
	}
	elems, at := flatElems(n, 0), 0
	for i, p := range parts {
		types[i].Shape = x.Shape.Clone()
		types[i].Shape[axis] = p
		size, known := p.Value()
		if !known || at+size > len(elems) {
			elems = nil
			continue
		}
		types[i] = withElems(types[i], elems[at:at+size])
		at += size
	}
	return types, nil
}

// coupleSplit couples the outputs with the parts of the axis. Virtual axes represent the omitted
// outputs, in order.
func coupleSplit(n *graph.Node) (c Coupling, err error) {
	in := inShape(n, 0)
	axis, err := normalAxis(n.Int("axis", 0), len(in))
	if err != nil {
		return c, err
	}
	parts, err := splitParts(n, in[axis])
	if err != nil {
		return c, err
	}
	pinInput(&c, n, 1, isParameter)
	s := Sum{Whole: In(0, axis)}
	for i, v := range n.Outputs() {
		if v == nil {
			s.Parts = append(s.Parts, c.addVirtual(parts[i]))
			continue
		}
		for d := range in {
			if d != axis {
				c.link(In(0, d), Out(i, d))
			}
		}
		if !fixed(n, 1) {
			c.pinAxis(Out(i, axis), "its extent is computed at run time")
		}
		s.Parts = append(s.Parts, Out(i, axis))
	}
	if !fixed(n, 1) {
		c.pinAxis(In(0, axis), "where it is split is computed at run time")
		return c, nil
	}
	s.Parts = slices.DeleteFunc(s.Parts, func(a Axis) bool {
		return a.Of == OfOutput && parts[a.Index].Is(0)
	})
	if len(s.Parts) > 0 {
		c.Sum = append(c.Sum, s)
	}
	return c, nil
}

// resizeSplit rewrites the sizes. Stated ones are stated again; even ones are stated only if the
// parts are no longer even.
func resizeSplit(n *graph.Node, kept Kept) error {
	in := inShape(n, 0)
	axis, err := normalAxis(n.Int("axis", 0), len(in))
	if err != nil || kept(In(0, axis)) == nil {
		return err
	}
	parts, err := splitParts(n, in[axis])
	if err != nil {
		return err
	}
	sizes := make([]int, len(parts))
	missing := 0
	for i, p := range parts {
		a := Out(i, axis)
		if n.Out(i) == nil {
			a = VirtualAxis(missing)
			missing++
		}
		old, _ := p.Value()
		sizes[i] = keptCount(kept, a, old)
	}
	if _, stated := splitSizes(n); !stated {
		even, err := evenSplit(n, graph.Size(len(kept(In(0, axis)))), len(sizes))
		if err == nil && slices.Equal(even, graph.ShapeOf(sizes...)) {
			return nil
		}
	}
	if n.Version < 13 {
		n.SetAttr(graph.IntsAttr("split", sizes...))
		return nil
	}
	dropAttr(n, "num_outputs")
	return setInts(n, 1, sizes)
}

// DecodeSplit returns the axis that a Split divides and the extent of every output on it.
func DecodeSplit(n *graph.Node, in []*graph.Tensor) (axis int, sizes []int, err error) {
	x := in[0]
	if axis, err = normalAxis(n.Int("axis", 0), x.Rank()); err != nil {
		return 0, nil, err
	}
	sizes = n.Ints("split")
	if n.Version >= 13 {
		if sizes, err = intsOf(in, 1); err != nil {
			return 0, nil, err
		}
	}
	extent, total := x.Shape()[axis], 0
	if sizes == nil {
		parts, err := evenSplit(n, graph.Size(extent), len(n.Outputs()))
		if err != nil {
			return 0, nil, err
		}
		sizes, _ = graph.Shape(parts).Ints()
	}
	for _, s := range sizes {
		if s < 0 {
			return 0, nil, fmt.Errorf("split: want no negative sizes, have %v", sizes)
		}
		total += s
	}
	if total != extent || len(sizes) != len(n.Outputs()) {
		return 0, nil, fmt.Errorf("split: want %d sizes that add up to %d, have %v", len(n.Outputs()), extent, sizes)
	}
	return axis, sizes, nil
}

func evalSplit(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	axis, sizes, err := DecodeSplit(n, in)
	if err != nil {
		return nil, err
	}
	out := make([]*graph.Tensor, len(sizes))
	strides, at := rowMajor(x.Shape()), 0
	for i, s := range sizes {
		dims := slices.Clone(x.Shape())
		dims[axis] = s
		if out[i], err = pick(x, strided(at*strides[axis], dims, strides), dims); err != nil {
			return nil, err
		}
		at += s
	}
	return out, nil
}

func gradSplit(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	axis, err := normalAxis(b.Node.Int("axis", 0), len(b.dims(b.in(0))))
	if err != nil {
		return err
	}
	var parts []*graph.Value
	for i, v := range b.Node.Outputs() {
		if v == nil {
			return noGradient("an output is left out")
		}
		parts = append(parts, b.grad(i))
	}
	b.set(0, b.add("Concat", parts, graph.IntAttr("axis", axis)))
	return nil
}
