package op

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Slice", Doc: "ranges of positions along axes; https://onnx.ai/onnx/operators/onnx__Slice.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 5, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferSlice, Couple: coupleSlice, Resize: resizeSlice, Grad: gradSlice, Eval: evalSlice,
	})
}

// slice is one entry of starts, ends, axes and steps. The bounds are as stated. Negative ones count
// from the end, and those outside are clamped.
type slice struct {
	axis             int
	start, end, step graph.Dim
}

// sliceEntries decodes what the node states about a tensor of that rank. ok is false if the axes
// are known only at run time.
func sliceEntries(n *graph.Node, rank int) (entries []slice, ok bool, err error) {
	var lists [4][]graph.Dim // starts, ends, axes, steps
	if n.Version < 10 {
		for i, name := range []string{"starts", "ends", "axes"} {
			if v := n.Ints(name); v != nil {
				lists[i] = graph.ShapeOf(v...)
			}
		}
		if lists[0] == nil || lists[1] == nil {
			return nil, false, fmt.Errorf("starts, ends: missing")
		}
	} else {
		if n.In(1) == nil || n.In(2) == nil {
			return nil, false, fmt.Errorf("starts, ends: missing")
		}
		for i := range lists {
			count, known := elemCount(n, i+1)
			if n.In(i+1) != nil && !known {
				return nil, false, nil
			}
			if n.In(i+1) != nil {
				lists[i] = unknownShape(count)
				copy(lists[i], inputElems(n, i+1))
			}
		}
	}
	return zipSlices(lists, rank)
}

// zipSlices makes entries of the lists starts, ends, axes (default: from 0) and steps (default: 1).
func zipSlices(lists [4][]graph.Dim, rank int) (entries []slice, ok bool, err error) {
	count := len(lists[0])
	if lists[2] == nil {
		for d := range count {
			lists[2] = append(lists[2], graph.Size(d))
		}
	}
	if lists[3] == nil {
		lists[3] = slices.Repeat([]graph.Dim{graph.Size(1)}, count)
	}
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		if len(lists[i]) != count {
			return nil, false, fmt.Errorf("%s: want %d values, have %d", name, count, len(lists[i]))
		}
	}
	var axes []int
	for i := range count {
		axis, known := lists[2][i].Value()
		if !known {
			return nil, false, nil
		}
		axes = append(axes, axis)
		if axis, err = normalAxis(axis, rank); err != nil {
			return nil, false, err
		}
		if lists[3][i].Is(0) {
			return nil, false, fmt.Errorf("steps: want no 0, have %v", lists[3])
		}
		entries = append(entries, slice{axis, lists[0][i], lists[1][i], lists[3][i]})
	}
	_, err = normalAxes(axes, rank)
	return entries, true, err
}

// numbers returns the first position that s takes of an axis of that size, and how many. ok is
// false if not all is known.
func (s slice) numbers(size int) (first, count, step int, ok bool) {
	start, okS := s.start.Value()
	end, okE := s.end.Value()
	step, okT := s.step.Value()
	if !okS || !okE || !okT {
		return 0, 0, 0, false
	}
	step = min(max(step, -size-1), size+1) // no further than needed, so that it can be negated
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	if step > 0 {
		start, end = min(max(start, 0), size), min(max(end, 0), size)
		if start < end {
			count = (end-start-1)/step + 1
		}
		return start, count, step, true
	}
	start, end = min(max(start, 0), size-1), min(max(end, -1), size-1)
	if start > end {
		count = (start-end-1)/-step + 1
	}
	return start, count, step, true
}

// sliceToEnd is the least end that means "to the end" whatever the extent. Exporters write the
// largest int32 or int64.
const sliceToEnd = math.MaxInt32

// extent returns how many positions s takes of extent d.
func (s slice) extent(d graph.Dim) graph.Dim {
	if size, known := d.Value(); known {
		if _, count, _, ok := s.numbers(size); ok {
			return graph.Size(count)
		}
		return s.part(d)
	}
	start, okS := s.start.Value()
	end, okE := s.end.Value()
	toEnd := s.end.Equal(d) || (okE && end >= sliceToEnd)
	switch {
	case s.step.Is(1) && s.start.Is(0) && toEnd:
		return d
	case s.step.Is(-1) && okS && (start == -1 || start >= sliceToEnd) && okE && end <= -sliceToEnd:
		return d
	case s.step.Is(1) && toEnd && contains(d, s.start):
		return d.Sub(s.start)
	}
	return s.part(d)
}

// contains reports whether d is certainly at least e: a sum that includes e.
func contains(d, e graph.Dim) bool {
	rest := d.Sub(e)
	return !e.Known() && rest.Named() && rest.Add(e).Equal(d)
}

// part names an extent that is known only at run time. If s asks for a number of positions that has
// a name, the name begins with that: s gets as many, or what there is.
func (s slice) part(d graph.Dim) graph.Dim {
	want := s.end
	if !s.start.Is(0) {
		want = s.end.Sub(s.start)
	}
	if s.step.Is(1) && !want.Known() && (s.start.Is(0) || contains(s.end, s.start)) {
		return graph.Derived(sliceOf+"%s;%s,%s,%s", want, d, s.start, s.end)
	}
	return graph.Derived("slice(%s,%s,%s,%s)", d, s.start, s.end, s.step)
}

const sliceOf = "slice of "

// slicedOf returns the number of positions that a Slice asked for, if its extent d has such a name.
func slicedOf(d graph.Dim) (graph.Dim, bool) {
	text, ok := strings.CutPrefix(d.String(), "("+strings.ReplaceAll(sliceOf, " ", ""))
	want, _, found := strings.Cut(text, ";")
	if !ok || !found {
		return graph.Unknown, false
	}
	e, err := graph.ParseDim(strings.ReplaceAll(want, "·", "*"))
	return e, err == nil
}

func inferSlice(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	t := graph.Type{DType: x.DType}
	if x.Shape == nil {
		return []graph.Type{t}, nil
	}
	entries, ok, err := sliceEntries(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	if !ok {
		t.Shape = unknownShape(len(x.Shape))
		return []graph.Type{t}, nil
	}
	t.Shape = x.Shape.Clone()
	for _, s := range entries {
		t.Shape[s.axis] = s.extent(x.Shape[s.axis])
	}
	elems := flatElems(n, 0)
	if elems == nil || len(x.Shape) != 1 || len(entries) > 1 {
		return []graph.Type{t}, nil
	}
	for _, s := range entries {
		first, count, step, ok := s.numbers(len(elems))
		if !ok {
			return []graph.Type{t}, nil
		}
		taken := make([]graph.Dim, count)
		for i := range taken {
			taken[i] = elems[first+i*step]
		}
		elems = taken
	}
	return []graph.Type{withElems(t, elems)}, nil
}

// slicePart is how one entry of a Slice couples: by what it leaves out before and after or, for an
// axis that the step divides, by the step.
type slicePart struct {
	entry         int
	axis          int
	first, step   int
	before, after int // extents
	count         int
	vBefore       Axis
	vAfter        Axis
}

// coupleSliced couples the axes of a Slice and returns the entries that a cut rewrites.
func coupleSliced(c *Coupling, n *graph.Node) ([]slicePart, error) {
	in, out := inShape(n, 0), n.Out(0).Type.Shape
	entries, ok, err := sliceEntries(n, len(in))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the axes it slices are known at run time only")
	}
	sliced := make([]bool, len(in))
	var parts []slicePart
	for i, s := range entries {
		if part, ok := c.slice(n, i, s, in[s.axis], out[s.axis]); ok {
			parts = append(parts, part)
		}
		sliced[s.axis] = true
	}
	for d := range in {
		if !sliced[d] {
			c.link(In(0, d), Out(0, d))
		}
	}
	return parts, nil
}

// slice couples one sliced axis of extent in with the output axis of extent out.
func (c *Coupling) slice(n *graph.Node, entry int, s slice, in, out graph.Dim) (p slicePart, ok bool) {
	size, known := in.Value()
	var numbers bool
	p = slicePart{entry: entry, axis: s.axis}
	p.first, p.count, p.step, numbers = s.numbers(size)
	if !known && in.Equal(out) && s.step.Is(1) {
		c.link(In(0, s.axis), Out(0, s.axis))
		return p, false
	}
	if !known || !numbers || !fixed(n, 1) || !fixed(n, 2) {
		c.pinBoth(s.axis, "which positions it takes is known at run time only")
		return p, false
	}
	p.before, p.after = p.first, size-p.first-p.count
	switch {
	case p.step == 1 && p.count == size:
		c.link(In(0, s.axis), Out(0, s.axis))
		return p, false
	case p.step == 1 && p.count > 0:
		sum := Sum{Whole: In(0, s.axis)}
		if p.before > 0 {
			p.vBefore = c.addVirtual(graph.Size(p.before))
			sum.Parts = append(sum.Parts, p.vBefore)
		}
		sum.Parts = append(sum.Parts, Out(0, s.axis))
		if p.after > 0 {
			p.vAfter = c.addVirtual(graph.Size(p.after))
			sum.Parts = append(sum.Parts, p.vAfter)
		}
		c.Sum = append(c.Sum, sum)
		return p, true
	case p.step > 1 && p.first < p.step && p.count > 1 && size == p.count*p.step:
		within := c.addVirtual(graph.Size(p.step)) // which position of each step is taken
		c.pinAxis(within, "the step of Slice")
		c.Product = append(c.Product, Product{[]Axis{In(0, s.axis)}, []Axis{Out(0, s.axis), within}})
		return p, true
	}
	c.pinBoth(s.axis, "its positions are taken backwards or in steps that do not divide its extent")
	return p, false
}

// pinBoth pins the axis on input 0 and output 0.
func (c *Coupling) pinBoth(axis int, reason string) {
	c.pinAxis(In(0, axis), reason)
	c.pinAxis(Out(0, axis), reason)
}

func coupleSlice(n *graph.Node) (c Coupling, err error) {
	_, err = coupleSliced(&c, n)
	for i := 1; i < len(n.Inputs()); i++ {
		pinInput(&c, n, i, isParameter)
	}
	return c, err
}

// resizeSlice rewrites starts and ends of the axes that were cut.
func resizeSlice(n *graph.Node, kept Kept) error {
	var c Coupling
	if inShape(n, 0) == nil || n.Out(0).Type.Shape == nil {
		return nil
	}
	parts, err := coupleSliced(&c, n)
	if err != nil {
		return nil // all axes are pinned: nothing was cut
	}
	starts, ends := n.Ints("starts"), n.Ints("ends")
	if n.Version >= 10 {
		starts, _ = inputInts(n, 1)
		ends, _ = inputInts(n, 2)
	}
	cut := false
	for _, p := range parts {
		if !cutsAny(kept, In(0, p.axis)) {
			continue
		}
		count, first := keptCount(kept, Out(0, p.axis), p.count), p.first
		if p.step == 1 {
			first = 0
			if p.before > 0 {
				first = keptCount(kept, p.vBefore, p.before)
			}
		}
		starts[p.entry], ends[p.entry], cut = first, first+(count-1)*p.step+1, true
	}
	if !cut {
		return nil
	}
	if n.Version < 10 {
		n.SetAttr(graph.IntsAttr("starts", starts...))
		n.SetAttr(graph.IntsAttr("ends", ends...))
		return nil
	}
	if err := setInts(n, 1, starts); err != nil {
		return err
	}
	return setInts(n, 2, ends)
}

// DecodeSlice returns the walk over the input that yields the output of a Slice: the extents, the
// stride along each axis, and where in the input it begins.
func DecodeSlice(n *graph.Node, in []*graph.Tensor) (dims, strides []int, base int, err error) {
	x := in[0]
	var lists [4][]graph.Dim
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		v := n.Ints(name)
		if n.Version >= 10 {
			if v, err = intsOf(in, i+1); err != nil {
				return nil, nil, 0, err
			}
		}
		if v != nil {
			lists[i] = graph.ShapeOf(v...)
		}
	}
	entries, _, err := zipSlices(lists, x.Rank())
	if err != nil {
		return nil, nil, 0, err
	}
	dims, strides = slices.Clone(x.Shape()), rowMajor(x.Shape())
	for _, s := range entries {
		first, count, step, _ := s.numbers(dims[s.axis])
		base += first * strides[s.axis]
		dims[s.axis], strides[s.axis] = count, strides[s.axis]*step
	}
	return dims, strides, base, nil
}

func evalSlice(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	dims, strides, base, err := DecodeSlice(n, in)
	if err != nil {
		return nil, err
	}
	t, err := pick(in[0], strided(base, dims, strides), dims)
	return []*graph.Tensor{t}, err
}
