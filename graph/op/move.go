package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// arrange returns a tensor whose element i, in row-major order, is element at of the tensor that from returns for i, or
// zero if that is nil. Elements are moved as bits, which works for every element type, including packed ones and
// strings.
func arrange(d graph.DType, dims []int, from func(i int) (t *graph.Tensor, at int)) (*graph.Tensor, error) {
	n := volume(dims)
	bits := d.Bits()
	if bits == 0 && d != graph.String {
		return nil, fmt.Errorf("elements of type %v are not supported", d)
	}
	var raw []byte
	var texts []string
	if d == graph.String {
		texts = make([]string, n)
	} else {
		raw = make([]byte, graph.RawLen(d, n))
	}
	var last *graph.Tensor
	var src []byte
	for i := range n {
		t, at := from(i)
		if t == nil {
			continue
		}
		if t.DType() != d {
			return nil, fmt.Errorf("element types differ: %v and %v", d, t.DType())
		}
		if at < 0 || at >= t.Len() {
			return nil, fmt.Errorf("index %d is outside of %v%v", at, d, t.Shape())
		}
		if t != last {
			last, src = t, t.Raw()
		}
		switch width := bits / 8; {
		case texts != nil:
			texts[i] = graph.Data[string](t)[at]
		case width > 0:
			copy(raw[i*width:(i+1)*width], src[at*width:])
		default:
			each := 8 / bits
			v := src[at/each] >> (at % each * bits) & (1<<bits - 1)
			raw[i/each] |= v << (i % each * bits)
		}
	}
	if texts != nil {
		return graph.TensorOf(texts, dims...), nil
	}
	return graph.FromRaw(d, dims, raw)
}

// pick makes a tensor of shape dims whose element i is element index[i] of t.
func pick(t *graph.Tensor, index, dims []int) (*graph.Tensor, error) {
	return arrange(t.DType(), dims, func(i int) (*graph.Tensor, int) { return t, index[i] })
}

// strided lists the row-major indices of a walk over dims that starts at base and
// makes a step of strides[d] along axis d.
func strided(base int, dims, strides []int) []int {
	out := make([]int, volume(dims))
	at := make([]int, len(dims))
	for i := range out {
		unravel(i, dims, at)
		out[i] = base
		for d, p := range at {
			out[i] += p * strides[d]
		}
	}
	return out
}

// rowMajor returns the strides of a dense tensor of that shape.
func rowMajor(dims []int) []int {
	s := make([]int, len(dims))
	step := 1
	for d := len(dims) - 1; d >= 0; d-- {
		s[d] = step
		step *= dims[d]
	}
	return s
}

// withElems returns t with the elements, if a Type carries them: a few integers or bools, of rank
// at most 1. A missing extent of a vector follows from their number.
func withElems(t graph.Type, elems []graph.Dim) graph.Type {
	if elems == nil || len(elems) > graph.MaxElems || len(t.Shape) > 1 || t.Shape == nil ||
		(!t.DType.IsInt() && t.DType != graph.Bool) {
		return t
	}
	if len(t.Shape) == 0 && len(elems) != 1 {
		return t
	}
	if len(t.Shape) == 1 {
		if n, known := t.Shape[0].Value(); known && n != len(elems) {
			return t
		}
		t.Shape = graph.ShapeOf(len(elems))
	}
	t.Elems = elems
	return t
}

// fewElements returns the number of elements of a scalar or vector small enough for its Type to
// carry them.
func fewElements(s graph.Shape) (int, bool) {
	if s == nil || len(s) > 1 {
		return 0, false
	}
	n, known := s.Elems().Value()
	return n, known && n >= 0 && n <= graph.MaxElems
}

// flatElems returns what is known of the elements of input i if it has at most one axis.
func flatElems(n *graph.Node, i int) []graph.Dim {
	if s := inShape(n, i); s == nil || len(s) > 1 {
		return nil
	}
	return inputElems(n, i)
}

// elemCount returns the number of elements of the vector input i, if known.
func elemCount(n *graph.Node, i int) (int, bool) {
	if elems := inputElems(n, i); elems != nil {
		return len(elems), true
	}
	if s := inShape(n, i); len(s) == 1 {
		return s[0].Value()
	}
	return 0, false
}

// fixed reports whether input i is omitted or constant, so that a cut may rewrite it.
func fixed(n *graph.Node, i int) bool {
	v := n.In(i)
	return v == nil || v.IsConstant()
}

// intsOf returns the elements of tensor i among the inputs of an Eval, or nil if it is omitted.
func intsOf(in []*graph.Tensor, i int) ([]int, error) {
	if i >= len(in) || in[i] == nil {
		return nil, nil
	}
	v, ok := graph.Ints(in[i])
	if !ok {
		return nil, fmt.Errorf("input %d: want integers, have %v", i, in[i].DType())
	}
	out := make([]int, len(v))
	for j, x := range v {
		out[j] = graph.Saturate(x)
	}
	return out, nil
}

// setInts rewrites the constant input i with other elements of the same type (int64 for a new input).
func setInts(n *graph.Node, i int, v []int) error {
	d, dims := graph.Int64, []int{len(v)}
	if old := n.In(i); old != nil {
		if old.Const == nil {
			return fmt.Errorf("input %d: is computed at run time and cannot follow a cut", i)
		}
		d = old.Const.DType()
		if old.Const.Len() == len(v) {
			dims = slices.Clone(old.Const.Shape())
		}
	}
	wide := make([]int64, len(v))
	for j, x := range v {
		wide[j] = int64(x)
	}
	t, err := fromInts(d, wide, dims)
	if err != nil {
		return err
	}
	n.SetConstInput(i, t)
	return nil
}

// dropAttr removes the attribute of that name from the node.
func dropAttr(n *graph.Node, name string) {
	n.Attrs = slices.DeleteFunc(n.Attrs, func(a *graph.Attr) bool { return a.Name == name })
}

// pinInput pins every axis of input i.
func pinInput(c *Coupling, n *graph.Node, i int, reason string) {
	for d := range inShape(n, i) {
		c.pinAxis(In(i, d), reason)
	}
}

// pinOutput pins every axis of output o.
func pinOutput(c *Coupling, n *graph.Node, o int, reason string) {
	if v := n.Out(o); v != nil {
		for d := range v.Type.Shape {
			c.pinAxis(Out(o, d), reason)
		}
	}
}

// keptCount returns the extent of the axis after the cut, which is old if nothing is cut there.
func keptCount(kept Kept, a Axis, old int) int {
	if k := kept(a); k != nil {
		return len(k)
	}
	return old
}

// cutsAny reports whether the cut removes a position of one of the axes.
func cutsAny(kept Kept, axes ...Axis) bool {
	return slices.ContainsFunc(axes, func(a Axis) bool { return kept(a) != nil })
}

const isParameter = "its elements are a parameter of the operator"

// mostElements bounds the size of a computed shape, so that a wrong number in a model causes an error rather than
// exhausts memory.
const mostElements = 1 << 28

// mustFit rejects negative extents, and tensors of more than mostElements.
func mustFit(dims []int) error {
	n := 1
	for _, d := range dims {
		if d < 0 {
			return fmt.Errorf("shape %v: negative extent", dims)
		}
		if d > 0 && n > mostElements/d {
			return fmt.Errorf("shape %v: more than %d elements", dims, mostElements)
		}
		n *= max(d, 1)
	}
	return nil
}
