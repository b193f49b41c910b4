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
// stream that a statistic is taken over, one of two or more factors of an axis (a head
// outside, a head dimension inside), or a neuron.
func (f *finder) kind(g *Group) string {
	kind := "neuron"
	for _, m := range g.Members {
		if isWeight(m.Value) && len(m.Value.Type.Shape) > 2 && multiplied(m.Value) {
			return "channel"
		}
	}
	most := 1 // of several products the one that divides an axis furthest says what g is
	for _, m := range g.Members {
		at, count := g.atom.place(f.a.axes[m.Value][m.Axis])
		if last := at == count-1; count > most && last {
			kind, most = "head dimension", count
		} else if count > most {
			kind, most = "head", count
		}
	}
	if kind == "neuron" && f.inStat(g) {
		return "channel"
	}
	return kind
}

// multiplied reports whether an operator that multiplies and accumulates reads v: a kernel, not a table that is added.
func multiplied(v *graph.Value) bool {
	return slices.ContainsFunc(v.Uses(), func(u graph.Use) bool {
		d := op.Lookup(u.Node)
		return d != nil && d.Cost != nil
	})
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

// place says which of the factors of t that have something free x belongs to, and how many these are,
// in the first product with more than one of them that x is part of; else count is at most 1.
func (x *term) place(t *term) (at, count int) {
	t = t.find()
	if t.shape == atom {
		return 0, 0
	}
	if t.shape == sum {
		for _, p := range t.flat(sum, nil) {
			if at, count = x.place(p); count > 1 {
				return at, count
			}
		}
		return 0, 0
	}
	var mine *term
	for _, p := range t.flat(product, nil) {
		has, free := false, false
		p.atoms(func(a *term) { has, free = has || a == x, free || a.pin == nil })
		if has {
			at, mine = count, p
		}
		if free {
			count++
		}
	}
	switch {
	case mine == nil:
		return 0, 0
	case count < 2:
		return x.place(mine)
	}
	return at, count
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
				g.Name = n.Out(0).Name
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
