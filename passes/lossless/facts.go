package lossless

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// facts derives the slices of axes on demand.
type facts struct {
	*table
	g       *graph.Graph
	index   map[*graph.Value]int
	members map[*group.Group]map[group.Member]bool
	owners  map[group.Member][]*group.Group
	known   map[view][]slice
}

// view is an axis of a value, seen as part of one of the groups that have positions on it. If an axis was made of
// several (heads and head dimensions), its slices are distinguished by that group's units.
type view struct {
	group.Member
	of *group.Group
}

// transfers derive the slices of an axis of output out of n from those of its inputs, or return nil if nothing is known
// of them.
var transfers = map[string]func(f *facts, n *graph.Node, out, axis int, of *group.Group) []slice{}

func newFacts(m *graph.Model, a *group.Analysis) *facts {
	f := &facts{
		table: newTable(), g: m.Graph, index: map[*graph.Value]int{}, members: map[*group.Group]map[group.Member]bool{},
		owners: map[group.Member][]*group.Group{}, known: map[view][]slice{},
	}
	for i, v := range m.Graph.Values() {
		f.index[v] = i
	}
	for _, g := range a.Groups {
		f.members[g] = map[group.Member]bool{}
		for _, m := range g.Members {
			f.members[g][m] = true
			f.owners[m] = append(f.owners[m], g)
		}
	}
	return f
}

// of returns the slices of an axis of v, seen as part of g if g has positions on it. It is nil if the extent is not
// known.
func (f *facts) of(v *graph.Value, axis int, g *group.Group) []slice {
	if v == nil || axis < 0 || axis >= len(v.Type.Shape) {
		return nil
	}
	extent, known := v.Type.Shape[axis].Value()
	if !known {
		return nil
	}
	m := group.Member{Value: v, Axis: axis}
	if owners := f.owners[m]; !f.members[g][m] {
		if g = nil; len(owners) > 0 {
			g = owners[0]
		}
	}
	w := view{m, g}
	if s, ok := f.known[w]; ok {
		return s
	}
	s := f.derive(v, axis, g)
	if len(s) != extent {
		s = f.opaque(v, axis, extent)
	}
	for i, x := range s {
		if x.isPoint() {
			s[i] = constant(x.lo)
		}
	}
	f.known[w] = s
	return s
}

func (f *facts) derive(v *graph.Value, axis int, g *group.Group) []slice {
	if v.Type.DType != graph.Float32 && v.Type.DType != graph.Float64 {
		return nil // narrower types round too much for proofs in float64
	}
	if v.Const != nil {
		if v.IsInput() {
			return nil
		}
		return f.constants(v.Const, axis)
	}
	n, out := v.Def()
	if n == nil || n.Domain != "" || n.Graph() != f.g || op.Lookup(n) == nil {
		return nil
	}
	if transfer := transfers[n.Op]; transfer != nil {
		return transfer(f, n, out, axis, g)
	}
	return nil
}

// opaque returns slices of which nothing is known.
func (f *facts) opaque(v *graph.Value, axis, extent int) []slice {
	s := make([]slice, extent)
	for i := range s {
		s[i] = slice{anything, f.named(fmt.Sprintf("value %d %d %d", f.index[v], axis, i)), 1}
	}
	return s
}

// kind describes a node's operator and attributes. Two nodes of one kind compute the same from the same inputs.
func kind(n *graph.Node) string {
	var attrs []string
	for _, a := range n.Attrs {
		switch {
		case a.Name == "group": // the symbols say what reads what
		case a.Kind == graph.AttrTensor || a.Kind == graph.AttrGraph || a.Kind == graph.AttrGraphs:
			attrs = append(attrs, "only "+n.FirstOut().Name) // there is one, or nobody would ask
		default:
			attrs = append(attrs, fmt.Sprintf("%q=%v %v %q %v %v %q", a.Name, a.Float, a.Int, a.String, a.Floats, a.Ints, a.Strings))
		}
	}
	slices.Sort(attrs)
	return fmt.Sprintf("%s %d %s", n.OpName(), n.Version, strings.Join(attrs, " "))
}

// rest is the shape of a slice of v along axis.
func rest(v *graph.Value, axis int) string {
	return fmt.Sprint(slices.Delete(v.Type.Shape.Clone(), axis, axis+1))
}
