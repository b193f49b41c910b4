package simplify

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// sliceRepeats slices constants before an Expand repeats them, not after. The initial states of a recurrent stack are
// often one constant, repeated for the batch and sliced by stage. The Expand would tie the hidden units of all stages
// together.
var sliceRepeats = passes.Pass{
	Name: "repeats", Doc: "slices constants before they are repeated", Needs: []passes.Fact{typed}, Breaks: []passes.Fact{folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		g := m.Graph
		changed := false
		for _, n := range slices.Clone(g.Nodes) {
			e := repeated(n)
			if e == nil {
				continue
			}
			old := n.Out(0)
			part, whole := g.Fresh(old.Name), g.Fresh(old.Name)
			s, err := g.NewNode("Slice", "", n.Version, append([]*graph.Value{e.In(0)}, n.Inputs()[1:]...), []*graph.Value{part}, n.Attrs...)
			if err != nil {
				return changed, err
			}
			g.MoveBefore(s, n)
			r, err := g.NewNode("Expand", "", e.Version, []*graph.Value{part, e.In(1)}, []*graph.Value{whole})
			if err != nil {
				return changed, err
			}
			g.MoveBefore(r, n)
			for _, made := range []*graph.Node{s, r} {
				if err := op.Infer(made); err != nil {
					return changed, err
				}
			}
			r.Name, n.Name = n.Name, "" // n is dead
			g.ReplaceUses(old, whole)
			changed = true
		}
		return changed, nil
	},
}

// repeated returns the Expand before n, if n is a Slice along axes that the Expand does not change, and nil otherwise.
func repeated(n *graph.Node) *graph.Node {
	if n.Op != "Slice" || n.Domain != "" || op.Lookup(n) == nil || n.Out(0).IsOutput() || n.Out(0).Unused() {
		return nil
	}
	e, _ := n.In(0).Def()
	if e == nil || e.Op != "Expand" || e.Domain != "" || op.Lookup(e) == nil || e.Graph() != n.Graph() || !e.In(0).IsConstant() {
		return nil
	}
	in, out, stated := e.In(0).Type.Shape, e.Out(0).Type.Shape, e.In(1).Elems()
	axes, known := slicedAxes(n)
	if !known || len(in) != len(out) || len(in) != len(stated) {
		return nil
	}
	for _, a := range axes {
		if a < 0 {
			a += len(in)
		}
		if a < 0 || a >= len(in) || !stated[a].Is(1) {
			return nil
		}
	}
	return e
}

// slicedAxes lists the axes that a Slice cuts, negative ones from the end.
func slicedAxes(n *graph.Node) (axes []int, known bool) {
	starts := n.Ints("starts")
	axes = n.Ints("axes")
	if n.Version >= 10 {
		var known [2]bool
		starts, known[0] = intsAt(n, 1)
		axes, known[1] = intsAt(n, 3)
		if !known[0] || !known[1] {
			return nil, false
		}
	}
	if axes == nil {
		for i := range starts {
			axes = append(axes, i)
		}
	}
	return axes, true
}

// intsAt returns the elements of input i, or nil if it is omitted; known is false if it is not constant.
func intsAt(n *graph.Node, i int) (ints []int, known bool) {
	v := n.In(i)
	if v == nil {
		return nil, true
	}
	if !v.IsConstant() {
		return nil, false
	}
	wide, ok := graph.Ints(v.Const)
	for _, x := range wide {
		ints = append(ints, graph.Saturate(x))
	}
	return ints, ok
}
