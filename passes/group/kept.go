package group

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Kept lists the positions of an axis of v that survive the plan, in ascending order. It is nil if all do.
func (a *Analysis) Kept(p *Plan, v *graph.Value, axis int) []int {
	terms := a.axes[v]
	if axis >= len(terms) {
		return nil
	}
	return a.keptOf(p, terms[axis])
}

// KeptEach is Kept for an axis whose extent is not known before the model runs, but whose positions repeat a pattern of
// known length, as heads repeat for each sample. It returns the positions of one repeat that survive, and the length of
// a repeat. kept is nil if nothing is removed.
func (a *Analysis) KeptEach(p *Plan, v *graph.Value, axis int) (kept []int, each int) {
	terms := a.axes[v]
	if axis >= len(terms) {
		return nil, 0
	}
	if _, known := terms[axis].find().size.Value(); known || !a.touched(p, terms[axis]) {
		return nil, 0
	}
	factors := terms[axis].flat(product, nil)
	from := len(factors)
	for from > 0 && factors[from-1].size.Known() {
		from--
	}
	al := algebra{}
	inner := al.of(product, factors[from:]...)
	for _, f := range factors[:from] {
		if a.touched(p, f) {
			return nil, 0
		}
	}
	each, _ = inner.size.Value()
	return a.keptOf(p, inner), each
}

// KeptAt is Kept for the axes of node n, including virtual ones, in the form that op.Def.Resize takes.
func (a *Analysis) KeptAt(p *Plan, n *graph.Node) op.Kept {
	return func(x op.Axis) []int {
		switch x.Of {
		case op.OfInput:
			if v := n.In(x.Index); v != nil {
				return a.Kept(p, v, x.Dim)
			}
		case op.OfOutput:
			if v := n.Out(x.Index); v != nil {
				return a.Kept(p, v, x.Dim)
			}
		case op.OfVirtual:
			if vs := a.virtual[n]; x.Index < len(vs) {
				return a.keptOf(p, vs[x.Index])
			}
		}
		return nil
	}
}

func (a *Analysis) keptOf(p *Plan, t *term) []int {
	if _, known := t.find().size.Value(); !known || !a.touched(p, t) {
		return nil
	}
	return a.positions(t, func(g *Group) []int { return p.Kept[g] })
}

// touched reports whether the plan removes anything from t.
func (a *Analysis) touched(p *Plan, t *term) bool {
	cut := false
	t.atoms(func(x *term) {
		if g := a.byAtom[x]; g != nil {
			if kept, ok := p.Kept[g]; ok && len(kept) < g.Units {
				cut = true
			}
		}
	})
	return cut
}

// positions lists what remains of t, given what remains of each group (nil: all of it).
func (a *Analysis) positions(t *term, kept func(*Group) []int) []int {
	t = t.find()
	size, _ := t.size.Value()
	switch t.shape {
	case atom:
		if g := a.byAtom[t]; g != nil {
			if k := kept(g); k != nil {
				return k
			}
		}
		all := make([]int, size)
		for i := range all {
			all[i] = i
		}
		return all
	case sum:
		var out []int
		base := 0
		for _, p := range t.parts {
			for _, i := range a.positions(p, kept) {
				out = append(out, base+i)
			}
			n, _ := p.find().size.Value()
			base += n
		}
		return out
	}
	out := []int{0}
	for _, p := range t.parts {
		n, _ := p.find().size.Value()
		inner := a.positions(p, kept)
		next := make([]int, 0, len(out)*len(inner))
		for _, o := range out {
			for _, i := range inner {
				next = append(next, o*n+i)
			}
		}
		out = next
	}
	return out
}

// Extent is the extent of an axis of v if each group keeps the given number of units. A group that is absent keeps all.
func (a *Analysis) Extent(units map[*Group]int, v *graph.Value, axis int) int {
	return a.extent(units, a.axes[v][axis])
}

func (a *Analysis) extent(units map[*Group]int, t *term) int {
	if t = t.find(); t.fixed {
		n, _ := t.size.Value()
		return n
	}
	switch t.shape {
	case atom:
		if g := a.byAtom[t]; g != nil {
			if n, ok := units[g]; ok {
				return n
			}
		}
		n, _ := t.size.Value()
		return n
	case sum:
		n := 0
		for _, p := range t.parts {
			n += a.extent(units, p)
		}
		return n
	}
	n := 1
	for _, p := range t.parts {
		n *= a.extent(units, p)
	}
	return n
}

// Product is a number of positions: Size for each combination of units of Groups.
type Product struct {
	Size   int
	Groups []*Group
}

// Products writes the extent of an axis of v as a sum over products of groups: Extent is the sum over products of their
// Size times the numbers of units that their groups keep.
func (a *Analysis) Products(v *graph.Value, axis int) []Product { return a.products(a.axes[v][axis]) }

func (a *Analysis) products(t *term) []Product {
	if t = t.find(); t.fixed {
		n, _ := t.size.Value()
		return []Product{{n, nil}}
	}
	switch t.shape {
	case atom:
		if g := a.byAtom[t]; g != nil {
			return []Product{{1, []*Group{g}}}
		}
		n, _ := t.size.Value()
		return []Product{{n, nil}}
	case sum:
		var all []Product
		for _, p := range t.parts {
			all = append(all, a.products(p)...)
		}
		return all
	}
	all := []Product{{1, nil}}
	for _, p := range t.parts {
		var next []Product
		for _, inner := range a.products(p) {
			for _, outer := range all {
				next = append(next, Product{outer.Size * inner.Size, slices.Concat(outer.Groups, inner.Groups)})
			}
		}
		all = next
	}
	return all
}

// Units returns, for each position of the member's axis, the unit of g that it belongs to, or -1 where it belongs to
// none.
func (a *Analysis) Units(g *Group, m Member) []int { return a.indices(g.atom, a.axes[m.Value][m.Axis]) }

// indices is the index in x, an atom, of each position of t; -1 where it has none.
func (a *Analysis) indices(x, t *term) []int {
	t = t.find()
	size, _ := t.size.Value()
	switch {
	case t == x:
		return a.positions(t, func(*Group) []int { return nil })
	case t.shape == sum:
		var out []int
		for _, p := range t.parts {
			out = append(out, a.indices(x, p)...)
		}
		return out
	}
	out := make([]int, size)
	for i := range out {
		out[i] = -1
	}
	if t.shape == atom {
		return out
	}
	stride := size
	for _, p := range t.parts {
		n, _ := p.find().size.Value()
		stride /= n
		inner := a.indices(x, p)
		for i := range out {
			if u := inner[i/stride%n]; u >= 0 {
				out[i] = u
			}
		}
	}
	return out
}

// StatAxes lists the values and axes over which n computes a statistic.
func (a *Analysis) StatAxes(n *graph.Node) []Member {
	var out []Member
	for _, s := range a.stats[n] {
		out = append(out, Member{s.value, s.axis})
	}
	return out
}
