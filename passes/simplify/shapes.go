package simplify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// canonicalShapes replaces computations of shapes by their shortest form. The target of a Reshape becomes a constant
// with 0 and -1 in it, that of an Expand only says what is repeated, and a ConstantOfShape is made of numbers and
// expanded. Every other vector of extents that are known, or follow from extents of graph inputs, is read from these.
// Each number is then in one constant, which a cut can rewrite.
var canonicalShapes = passes.Pass{
	Name: "shapes", Doc: "makes shape arithmetic constant or reads it from the graph's inputs",
	Needs: []passes.Fact{typed, folded}, Breaks: []passes.Fact{folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		s := &shaper{m: m, made: map[string]*graph.Value{}}
		for _, n := range slices.Clone(m.Graph.Nodes) {
			if err := s.visit(n); err != nil {
				return s.changed, fmt.Errorf("node %s: %w", n.Label(), err)
			}
		}
		return s.changed, nil
	},
}

// shaper rewrites the shape inputs of one model's nodes.
type shaper struct {
	m       *graph.Model
	made    map[string]*graph.Value // vectors by their elements
	changed bool
}

func (s *shaper) visit(n *graph.Node) error {
	if op.Lookup(n) == nil || carriesElems(n) {
		return nil // n is not where shape arithmetic ends
	}
	if n.Op == "ConstantOfShape" && n.Domain == "" && partlyKnown(n.In(0)) {
		return s.spread(n)
	}
	for i, v := range n.Inputs() {
		if v == nil || v.Const != nil || v.Type.DType != graph.Int64 || v.Type.Elems == nil {
			continue
		}
		elems := v.Type.Elems
		switch {
		case n.Op == "Reshape" && n.Domain == "" && i == 1:
			var err error
			if elems, err = s.reshapeTarget(n); err != nil {
				return err
			}
		case n.Op == "Expand" && n.Domain == "" && i == 1:
			elems = expandTarget(n)
		case n.Op == "Resize" && n.Domain == "" && i == 3:
			if s.scaled(n); n.In(3) == nil {
				continue
			}
		}
		if elems == nil || s.canonical(v) && slices.Equal(elems, v.Type.Elems) { // an element that is unknown on both sides is the same
			continue
		}
		w, err := s.vector(elems, v, n)
		if err != nil {
			return err
		}
		if w != nil {
			n.SetInput(i, w)
			s.changed = true
		}
	}
	return nil
}

// carriesElems reports whether inference knows elements of an output of n, so that n is itself shape arithmetic.
func carriesElems(n *graph.Node) bool {
	return slices.ContainsFunc(n.Outputs(), func(v *graph.Value) bool { return v != nil && v.Type.Elems != nil })
}

// reshapeTarget returns the target of a Reshape with 0 for extents that stay and -1 for at most one that is not a number
// (https://onnx.ai/onnx/operators/onnx__Reshape.html). It is nil if that is not enough.
func (s *shaper) reshapeTarget(n *graph.Node) ([]graph.Dim, error) {
	in, out := n.In(0).Type.Shape, n.Out(0).Type.Shape
	target := make([]graph.Dim, len(n.In(1).Type.Elems))
	for i, d := range n.In(1).Type.Elems {
		switch {
		case d.Known():
			target[i] = d
		case n.Int("allowzero", 0) == 0 && i < len(in) && in[i].Equal(d):
			target[i] = graph.Size(0)
		default:
			target[i] = graph.Size(-1)
		}
	}
	if open(target) > 1 && len(out) == len(target) {
		for i, d := range out { // one of them follows from the others
			if target[i].Is(-1) && d.Known() {
				target[i] = d
			}
		}
	}
	if open(target) > 1 {
		return s.opened(n)
	}
	return target, nil
}

// open counts the -1 in a target.
func open(target []graph.Dim) int {
	count := 0
	for _, d := range target {
		if d.Is(-1) {
			count++
		}
	}
	return count
}

// expandTarget returns the target of an Expand with 1 for every extent that the input already has, which broadcasting
// leaves alone.
func expandTarget(n *graph.Node) []graph.Dim {
	in := n.In(0).Type.Shape
	if in == nil {
		return nil
	}
	target := slices.Clone(n.In(1).Type.Elems)
	for i, d := range target {
		at := len(in) - len(target) + i
		if at >= 0 && !in[at].Is(1) && in[at].Equal(d) {
			target[i] = graph.Size(1)
		}
	}
	return target
}

// canonical reports whether v has the form that vector produces.
func (s *shaper) canonical(v *graph.Value) bool {
	n, _ := v.Def()
	if n == nil || n.Domain != "" {
		return false
	}
	switch n.Op {
	case "Concat", "Add", "Mul":
		return !slices.ContainsFunc(n.Inputs(), func(w *graph.Value) bool { return !w.IsConstant() && !s.canonical(w) })
	}
	return s.readsExtent(v)
}

// readsExtent reports whether v gathers extents of a graph input, or an extent of another value that does not follow
// from those.
func (s *shaper) readsExtent(v *graph.Value) bool {
	n, _ := v.Def()
	if n == nil || n.Op != "Gather" || n.Domain != "" || !n.In(1).IsConstant() {
		return false
	}
	shape, _ := n.In(0).Def()
	if shape == nil || shape.Op != "Shape" || shape.Domain != "" || len(shape.Attrs) > 0 {
		return false
	}
	return shape.In(0).IsInput() || len(v.Type.Elems) == 1 && !s.sourced(v.Type.Elems[0])
}

// vector returns a value with those elements, of the rank of old, before n. It is nil if an element is not a number,
// does not follow from the extents of graph inputs, and is not seen to be the extent of another value where old is
// computed.
func (s *shaper) vector(elems []graph.Dim, old *graph.Value, n *graph.Node) (*graph.Value, error) {
	rank := len(old.Type.Shape)
	key := fmt.Sprint(rank, graph.Shape(elems))
	if slices.ContainsFunc(elems, func(d graph.Dim) bool { return !d.Named() }) {
		key += " of " + old.Name // unknown elements of different values are different
	}
	if v := s.made[key]; v != nil {
		return v, nil
	}
	for i, d := range elems { // before adding any node, which would come and go in every round
		if !s.sourced(d) && read(old, i).value == nil {
			return nil, nil
		}
	}
	var parts []*graph.Value
	for i := 0; i < len(elems); {
		end := i + 1
		var part *graph.Value
		var err error
		switch {
		case elems[i].Known():
			for end < len(elems) && elems[end].Known() {
				end++
			}
			part = s.m.Graph.AddConst(old.Name, numbers(elems[i:end], rank))
		case s.sourced(elems[i]):
			part, err = s.extentOf(elems[i], rank, n)
		default:
			from := read(old, i)
			part, err = s.extent(from.value, from.axis, rank, n)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		i = end
	}
	if len(parts) == 0 {
		return nil, nil
	}
	v := parts[0]
	if len(parts) > 1 {
		var err error
		if v, err = s.node("Concat", parts, n, old.Name, graph.IntAttr("axis", 0)); err != nil {
			return nil, err
		}
	}
	s.made[key] = v
	return v, nil
}

// numbers returns a tensor of known elements.
func numbers(elems []graph.Dim, rank int) *graph.Tensor {
	data := make([]int64, len(elems))
	for i, d := range elems {
		n, _ := d.Value()
		data[i] = int64(n)
	}
	if rank == 0 {
		return graph.TensorOf(data)
	}
	return graph.TensorOf(data, len(data))
}

// extent reads the extent of an axis of a value, mostly a graph input, at run time.
func (s *shaper) extent(input *graph.Value, axis, rank int, before *graph.Node) (*graph.Value, error) {
	key := fmt.Sprintf("extent %d %d %s", axis, rank, input.Name)
	if v := s.made[key]; v != nil {
		return v, nil
	}
	shape := s.made["shape "+input.Name]
	if shape == nil {
		var err error
		if shape, err = s.node("Shape", []*graph.Value{input}, before, input.Name+"_shape"); err != nil {
			return nil, err
		}
		s.made["shape "+input.Name] = shape
	}
	index := s.m.Graph.AddConst(input.Name+"_axis", numbers([]graph.Dim{graph.Size(axis)}, rank))
	v, err := s.node("Gather", []*graph.Value{shape, index}, before, input.Name+"_extent", graph.IntAttr("axis", 0))
	s.made[key] = v
	return v, err
}

// node adds a node with one output before another and infers its type.
func (s *shaper) node(name string, in []*graph.Value, before *graph.Node, hint string, attrs ...*graph.Attr) (*graph.Value, error) {
	v := s.m.Graph.Fresh(strings.TrimSpace(hint))
	n, err := s.m.Graph.NewNode(name, "", s.m.Opsets[""], in, []*graph.Value{v}, attrs...)
	if err != nil {
		return nil, err
	}
	s.m.Graph.MoveBefore(n, before)
	return v, op.Infer(n)
}
