package simplify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// resolveSequences replaces what is read from a sequence by what was put in, if the nodes alone determine which tensor
// is where: coupling cannot follow a sequence.
var resolveSequences = passes.Pass{
	Name: "sequences", Doc: "reads tensors where they are computed, not from a sequence they were put in", Needs: []passes.Fact{typed}, Breaks: []passes.Fact{folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		return forEach(m, func(g *graph.Graph) (bool, error) {
			// Starts anew for each graph: within one, every item has its final form before a sequence holds it.
			s := sequences{known: map[*graph.Value][]*graph.Value{}}
			changed := false
			held := branchOutputs(g)
			for _, n := range slices.Clone(g.Nodes) {
				if n.Domain != "" || op.Lookup(n) == nil || heldOutput(n, held) {
					continue
				}
				v, err := s.read(g, n)
				if err != nil {
					return changed, fmt.Errorf("node %s: %w", n.Label(), err)
				}
				if v == nil {
					continue
				}
				if err := replace(g, n, func(map[string]*graph.Graph) ([]*graph.Value, error) { return []*graph.Value{v}, nil }); err != nil {
					return changed, fmt.Errorf("node %s: %w", n.Label(), err)
				}
				changed = true
			}
			return changed, nil
		})
	},
}

// maxParts bounds the parts of a SplitToSequence that become outputs of a Split.
const maxParts = 64

// sequences knows the tensors in sequences that nodes assemble.
type sequences struct {
	known map[*graph.Value][]*graph.Value
}

// items returns the tensors in v, values of v's graph or an enclosing one, if the nodes determine them.
func (s *sequences) items(v *graph.Value) ([]*graph.Value, bool) {
	if items, ok := s.known[v]; ok {
		return items, items != nil
	}
	items, ok := s.made(v)
	if ok && items == nil {
		items = []*graph.Value{}
	}
	s.known[v] = items
	return items, ok
}

func (s *sequences) made(v *graph.Value) ([]*graph.Value, bool) {
	n, _ := v.Def()
	if n == nil || n.Domain != "" || op.Lookup(n) == nil {
		return nil, false
	}
	switch n.Op {
	case "SequenceEmpty":
		return nil, true
	case "SequenceConstruct":
		return slices.Clone(n.Inputs()), true
	case "Identity":
		return s.items(n.In(0))
	case "SequenceInsert":
		items, ok := s.items(n.In(0))
		at, known := position(n.In(2), len(items), len(items))
		if !ok || !known || at > len(items) {
			return nil, false
		}
		return slices.Insert(slices.Clone(items), at, n.In(1)), true
	case "SequenceErase":
		items, ok := s.items(n.In(0))
		at, known := position(n.In(1), len(items), len(items)-1)
		if !ok || !known || at >= len(items) {
			return nil, false
		}
		return slices.Delete(slices.Clone(items), at, at+1), true
	}
	return nil, false
}

// position returns the position that the constant v denotes, where negative ones count from the end of count items, or
// absent if there is no v.
func position(v *graph.Value, count, absent int) (int, bool) {
	if v == nil {
		return absent, absent >= 0
	}
	if !v.IsConstant() {
		return 0, false
	}
	at, ok := graph.Ints(v.Const)
	if !ok || len(at) != 1 || at[0] < -int64(count) || at[0] > int64(count) {
		return 0, false
	}
	if at[0] < 0 {
		at[0] += int64(count)
	}
	return graph.Saturate(at[0]), true
}

// read returns the value that n, which reads or makes a sequence, computes, or nil if n must stay.
func (s *sequences) read(g *graph.Graph, n *graph.Node) (*graph.Value, error) {
	switch n.Op {
	case "SplitToSequence":
		return s.split(g, n)
	case "SequenceAt", "SequenceLength", "ConcatFromSequence":
	default:
		return nil, nil
	}
	items, ok := s.items(n.In(0))
	if !ok {
		return nil, nil
	}
	switch n.Op {
	case "SequenceLength":
		return g.AddConst(n.Out(0).Name, graph.TensorOf([]int64{int64(len(items))})), nil
	case "SequenceAt":
		if at, known := position(n.In(1), len(items), -1); known && at < len(items) {
			return items[at], nil
		}
		return nil, nil
	}
	if len(items) == 0 {
		return nil, nil // it cannot run
	}
	axis := n.Int("axis", 0)
	if n.Int("new_axis", 0) == 0 {
		return before(g, n, "Concat", items, n.Out(0).Name, graph.IntAttr("axis", axis))
	}
	if axis < 0 {
		return nil, nil // Unsqueeze takes none before opset 11, and ranks may be unknown
	}
	parts := make([]*graph.Value, len(items))
	for i, v := range items {
		var err error
		if parts[i], err = unsqueezed(g, n, v, axis); err != nil {
			return nil, err
		}
	}
	return before(g, n, "Concat", parts, n.Out(0).Name, graph.IntAttr("axis", axis))
}

// split turns a SplitToSequence whose parts are known into a Split and a SequenceConstruct.
func (s *sequences) split(g *graph.Graph, n *graph.Node) (*graph.Value, error) {
	if n.In(1) != nil && !n.In(1).IsConstant() {
		return nil, nil
	}
	axis, sizes, squeeze, ok, err := op.StaticParts(n)
	if err != nil || !ok || len(sizes) == 0 || len(sizes) > maxParts {
		return nil, nil // a part that cannot be cut may be in a branch that is never taken
	}
	parts := make([]*graph.Value, len(sizes))
	for i := range parts {
		parts[i] = g.Fresh(n.Out(0).Name + "_part")
	}
	in, attrs := []*graph.Value{n.In(0)}, []*graph.Attr{graph.IntAttr("axis", axis)}
	if n.Version < 13 {
		attrs = append(attrs, graph.IntsAttr("split", sizes...))
	} else {
		in = append(in, g.AddConst(n.Out(0).Name+"_sizes", graph.TensorOf(wide(sizes), len(sizes))))
	}
	node, err := g.NewNode("Split", "", n.Version, in, parts, attrs...)
	if err != nil {
		return nil, err
	}
	g.MoveBefore(node, n)
	if op.Infer(node) != nil {
		return nil, fmt.Errorf("its parts have no type")
	}
	for i := range parts {
		if !squeeze {
			continue
		}
		if parts[i], err = squeezed(g, n, parts[i], axis); err != nil {
			return nil, err
		}
	}
	return before(g, n, "SequenceConstruct", parts, n.Out(0).Name)
}

// squeezed returns v without an axis of extent 1.
func squeezed(g *graph.Graph, ref *graph.Node, v *graph.Value, axis int) (*graph.Value, error) {
	if ref.Version < 13 {
		return before(g, ref, "Squeeze", []*graph.Value{v}, v.Name, graph.IntsAttr("axes", axis))
	}
	axes := g.AddConst(v.Name+"_axes", graph.TensorOf([]int64{int64(axis)}, 1))
	return before(g, ref, "Squeeze", []*graph.Value{v, axes}, v.Name)
}

func wide(v []int) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}
