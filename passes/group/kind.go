package group

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// kind names what a unit of g is: a channel of a convolution or of a stream that a statistic is taken over; a head or a
// head dimension, the outer and the inner of two or more factors of an axis; or a neuron, as the hidden units of a
// recurrence are, whoever reads them.
func (f *finder) kind(g *Group) string {
	if !slices.ContainsFunc(g.Members, isHidden) && slices.ContainsFunc(g.Members, isKernel) {
		return "channel"
	}
	kind, most := "neuron", 1 // of several products, the one that divides an axis furthest decides
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

// isKernel reports whether the member is an axis of weights with kernel axes.
func isKernel(m Member) bool {
	return op.IsWeight(m.Value) && len(m.Value.Type.Shape) > 2 && multiplied(m.Value)
}

// multiplied reports whether an operator multiplies and accumulates v, or something made of v and constants, as
// quantization does. If none does, v is a table that is added. The weights of a recurrent operator also have three axes,
// one for directions.
func multiplied(v *graph.Value) bool {
	return slices.ContainsFunc(v.Uses(), func(u graph.Use) bool {
		d := op.Lookup(u.Node)
		switch {
		case d == nil || op.Recurrent(u.Node):
			return false
		case d.Cost != nil:
			return true
		}
		varies := func(w *graph.Value) bool { return w != nil && w != v && w.Const == nil }
		return !slices.ContainsFunc(u.Node.Inputs(), varies) && u.Node.Out(0) != nil && multiplied(u.Node.Out(0))
	})
}

// isHidden reports whether the member is an axis of the weights with which a recurrence reads its own state.
func isHidden(m Member) bool {
	return slices.ContainsFunc(m.Value.Uses(), func(u graph.Use) bool { return op.Recurrent(u.Node) && u.Index == op.StateWeights })
}

// inStat reports whether some operator computes a statistic over g's positions. A product of integers, which is a
// statistic only for the proof, does not count.
func (f *finder) inStat(g *Group) bool {
	for _, m := range g.Members {
		for _, u := range m.Value.Uses() {
			if d := op.Lookup(u.Node); d != nil && d.Cost != nil {
				continue
			}
			for _, s := range f.a.stats[u.Node] {
				if s.value == m.Value && s.axis == m.Axis {
					return true
				}
			}
		}
	}
	return false
}

// place returns the index of x among those factors of t that have something free, and the number of these factors, in
// the first product with more than one of them that contains x. If there is none, count is at most 1.
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
