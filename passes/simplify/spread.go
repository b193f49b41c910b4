package simplify

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// partlyKnown reports whether v lists both extents that are numbers over 1 and extents that are not numbers.
func partlyKnown(v *graph.Value) bool {
	wide, open := false, false
	for _, d := range v.Type.Elems {
		n, known := d.Value()
		wide, open = wide || known && n > 1, open || !known
	}
	return v.Const == nil && wide && open
}

// spread splits a ConstantOfShape of a computed shape into one of the extents that are numbers and an Expand that
// repeats it along the others, so that the numbers can be rewritten.
func (s *shaper) spread(n *graph.Node) error {
	v, old := n.In(0), n.Out(0)
	if old.IsOutput() || old.Unused() { // unused: a subgraph returns it by name, so n must stay
		return nil
	}
	known, repeats := slices.Clone(v.Type.Elems), slices.Clone(v.Type.Elems)
	for i, d := range v.Type.Elems {
		if d.Known() {
			repeats[i] = graph.Size(1)
		} else {
			known[i] = graph.Size(1)
		}
	}
	target, err := s.vector(repeats, v, n)
	if err != nil || target == nil {
		return err
	}
	one, err := s.node("ConstantOfShape", []*graph.Value{s.m.Graph.AddConst(v.Name, numbers(known, 1))}, n, old.Name, n.Attrs...)
	if err != nil {
		return err
	}
	all, err := s.node("Expand", []*graph.Value{one, target}, n, old.Name)
	if err != nil {
		return err
	}
	if e, _ := all.Def(); e != nil {
		e.Name, n.Name = n.Name, "" // n is dead
	}
	s.m.Graph.ReplaceUses(old, all)
	s.changed = true
	return nil
}
