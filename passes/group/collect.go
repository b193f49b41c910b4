package group

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// fixRepeated pins atoms that stand more than once in one product: their units
// would have no positions of their own there.
func (f *finder) fixRepeated() {
	for _, v := range f.g.Values() {
		for i, t := range f.a.axes[v] {
			f.fixRepeatedIn(t, map[*term]bool{}, &cause{v.Name, i, "coupling", "the same factor stands twice in one axis"})
		}
	}
}

func (f *finder) fixRepeatedIn(t *term, above map[*term]bool, c *cause) {
	t = t.find()
	if t.shape == sum {
		for _, p := range t.parts {
			f.fixRepeatedIn(p, above, c)
		}
		return
	}
	if t.shape == atom {
		if above[t] {
			t.fix(c)
		}
		return
	}
	inside := map[*term]bool{}
	for a := range above {
		inside[a] = true
	}
	for _, p := range t.flat(product, nil) {
		f.fixRepeatedIn(p, inside, c)
		atoms := map[*term]bool{}
		p.atoms(func(a *term) { atoms[a] = true })
		for a := range atoms {
			inside[a] = true
		}
	}
}

// atoms calls visit for the representative of every atom of t, in order, repeats included.
func (t *term) atoms(visit func(*term)) {
	t = t.find()
	if t.shape == atom {
		visit(t)
		return
	}
	for _, p := range t.parts {
		p.atoms(visit)
	}
}

// collect makes the groups and the list of pinned axes.
func (f *finder) collect() {
	var order []*term
	members := map[*term][]Member{}
	weights := map[*term]bool{}
	for _, v := range f.g.Values() {
		for axis, t := range f.a.axes[v] {
			seen := map[*term]bool{}
			t.atoms(func(a *term) {
				if a.pin != nil || seen[a] {
					return
				}
				seen[a] = true
				if len(members[a]) == 0 {
					order = append(order, a)
				}
				members[a] = append(members[a], Member{v, axis})
				weights[a] = weights[a] || isWeight(v)
			})
			f.notePinned(v, axis, t)
		}
	}
	for _, a := range order {
		units, known := a.size.Value()
		if !weights[a] || !known || units < 2 {
			continue
		}
		g := &Group{Units: units, Members: members[a], atom: a}
		g.Kind = f.kind(g)
		f.a.Groups = append(f.a.Groups, g)
		f.a.byAtom[a] = g
	}
	f.arrange()
}

// isWeight reports whether v holds floating-point contents.
func isWeight(v *graph.Value) bool { return v.Const != nil && v.Type.DType.IsFloat() }

// notePinned records the axis when no atom of it is free and its extent is over 1.
func (f *finder) notePinned(v *graph.Value, axis int, t *term) {
	if n, known := t.size.Value(); known && n < 2 {
		return
	}
	if v.Const != nil && !isWeight(v) {
		return
	}
	var first *cause
	free := false
	t.atoms(func(a *term) {
		if a.pin == nil {
			free = true
		} else if first == nil {
			first = a.pin
		}
	})
	if !free && first != nil {
		f.a.Pinned = append(f.a.Pinned, Pinned{v.Name, isWeight(v), axis, t.size.String(), first.operator, first.reason})
	}
}

// kind names what a unit of g is: the channel of a convolution or of a
// stream that a statistic is taken over, one of two factors of an axis (a head
// outside, a head dimension inside), or a neuron, which is what hidden units of a
// recurrence are whoever reads them.
func (f *finder) kind(g *Group) string {
	hidden := slices.ContainsFunc(g.Members, isHidden)
	if !hidden && slices.ContainsFunc(g.Members, isKernel) {
		return "channel"
	}
	kind := "neuron"
	for _, m := range g.Members {
		factors := freeFactors(f.a.axes[m.Value][m.Axis])
		if at := slices.Index(factors, g.atom); len(factors) > 1 && at >= 0 {
			if at == len(factors)-1 {
				return "head dimension"
			}
			kind = "head"
		}
	}
	if kind == "neuron" && !hidden && f.inStat(g) {
		return "channel"
	}
	return kind
}

// isKernel reports whether the member is an axis of a convolution's weights, which have kernel axes. Those
// of a recurrent operator have a third axis too, of its directions.
func isKernel(m Member) bool {
	recurrent := func(u graph.Use) bool { return op.Recurrent(u.Node) }
	return isWeight(m.Value) && len(m.Value.Type.Shape) > 2 && !slices.ContainsFunc(m.Value.Uses(), recurrent)
}

// isHidden reports whether the member is an axis of the weights by which a recurrence reads its own state.
func isHidden(m Member) bool {
	return slices.ContainsFunc(m.Value.Uses(), func(u graph.Use) bool { return op.Recurrent(u.Node) && u.Index == op.StateWeights })
}

// inStat reports whether some operator computes a statistic over g's positions.
func (f *finder) inStat(g *Group) bool {
	for _, m := range g.Members {
		for _, u := range m.Value.Uses() {
			for _, s := range f.a.stats[u.Node] {
				if s.value == m.Value && s.axis == m.Axis {
					return true
				}
			}
		}
	}
	return false
}

// freeFactors is the unpinned atoms among the factors of the first product in t.
func freeFactors(t *term) []*term {
	t = t.find()
	if t.shape == sum {
		for _, p := range t.flat(sum, nil) {
			if fs := freeFactors(p); len(fs) > 1 {
				return fs
			}
		}
		return nil
	}
	var free []*term
	for _, p := range t.flat(product, nil) {
		if p = p.find(); p.shape == atom && p.pin == nil {
			free = append(free, p)
		}
	}
	return free
}

// arrange sorts the groups by the first node that computes one of their values,
// and names each after that node, so that names say where the group is born.
func (f *finder) arrange() {
	position := map[*graph.Node]int{}
	for i, n := range f.g.Nodes {
		position[n] = i
	}
	birth := map[*Group]int{}
	for _, g := range f.a.Groups {
		at := len(f.g.Nodes)
		for _, m := range g.Members {
			if d, _ := m.Value.Def(); d != nil {
				at = min(at, position[d])
			}
		}
		birth[g] = at
		g.Name = g.Members[0].Value.Name
		if at < len(f.g.Nodes) {
			n := f.g.Nodes[at]
			if g.Name = n.Name; g.Name == "" {
				outs := n.Outputs() // the first may be left out, one is there: a member
				g.Name = outs[slices.IndexFunc(outs, func(v *graph.Value) bool { return v != nil })].Name
			}
		}
	}
	slices.SortStableFunc(f.a.Groups, func(a, b *Group) int { return birth[a] - birth[b] })
	taken := map[string]bool{}
	for _, g := range f.a.Groups {
		name := g.Name
		for i := 2; taken[g.Name]; i++ {
			g.Name = fmt.Sprintf("%s#%d", name, i)
		}
		taken[g.Name] = true
	}
}
