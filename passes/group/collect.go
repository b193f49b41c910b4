package group

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// fixRepeated pins atoms that occur more than once in one product: their units would have no positions of their own
// there.
func (f *finder) fixRepeated() {
	for _, v := range f.a.values {
		for i, t := range f.a.axes[v] {
			f.fixRepeatedIn(t, map[*term]bool{}, &cause{v.Name, i, "coupling", "the same factor stands twice in one axis"})
		}
	}
}

func (f *finder) fixRepeatedIn(t *term, above map[*term]bool, c *cause) {
	if t = t.find(); t.fixed {
		return
	}
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

// atoms calls visit once for the representative of every atom of t, in the order of their first occurrence.
func (t *term) atoms(visit func(*term)) {
	if t = t.find(); t.shape == atom {
		visit(t)
		return
	}
	t.atomsBut(map[*term]bool{}, visit)
}

// atomsBut is atoms without those already seen.
func (t *term) atomsBut(seen map[*term]bool, visit func(*term)) {
	if t = t.find(); seen[t] {
		return
	}
	seen[t] = true
	if t.shape == atom {
		visit(t)
	}
	for _, p := range t.parts {
		p.atomsBut(seen, visit)
	}
}

// collect makes the groups and the list of pinned axes.
func (f *finder) collect() {
	var order []*term
	members := map[*term][]Member{}
	weights := map[*term]bool{}
	for _, v := range f.a.values {
		for axis, t := range f.a.axes[v] {
			f.notePinned(v, axis, t)
			if _, known := t.size.Value(); !known {
				continue // the positions of its units are not numbered before the model runs
			}
			t.atoms(func(a *term) {
				if a.pin != nil {
					return
				}
				if len(members[a]) == 0 {
					order = append(order, a)
				}
				members[a] = append(members[a], Member{v, axis})
				weights[a] = weights[a] || op.IsWeight(v)
			})
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

// notePinned records the axis if no atom of it is free and its extent is over 1.
func (f *finder) notePinned(v *graph.Value, axis int, t *term) {
	if n, known := t.size.Value(); known && n < 2 {
		return
	}
	if v.Const != nil && !op.IsWeight(v) {
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
		f.a.Pinned = append(f.a.Pinned, Pinned{v.Name, op.IsWeight(v), axis, t.size.String(), first.operator, first.reason})
	}
}

// arrange sorts the groups by the first node that computes one of their values, and names each after that node, so that
// the name says where the group originates. A node that computes constants, such as a DequantizeLinear of weights, does
// not count.
func (f *finder) arrange() {
	position := map[*graph.Node]int{}
	nodes := f.g.AllNodes()
	for i, n := range nodes {
		if !ofConstants(n, position) {
			position[n] = i
		}
	}
	birth := map[*Group]int{}
	for _, g := range f.a.Groups {
		at := len(nodes)
		for _, m := range g.Members {
			d, _ := m.Value.Def()
			if i, ok := position[d]; ok {
				at = min(at, i)
			}
		}
		birth[g] = at
		g.Name = g.Members[0].Value.Name
		if at < len(nodes) {
			g.Name = nodes[at].Title()
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

// ofConstants reports whether n computes from constants alone. others holds the earlier nodes that do not.
func ofConstants(n *graph.Node, others map[*graph.Node]int) bool {
	return len(n.Inputs()) > 0 && !slices.ContainsFunc(n.Inputs(), func(v *graph.Value) bool {
		if v == nil || v.Const != nil {
			return false
		}
		d, _ := v.Def()
		_, fed := others[d]
		return d == nil || fed
	})
}
