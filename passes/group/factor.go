package group

import "slices"

// Factor is an atom as other packages see it: an axis is made of factors, and a position of the axis has an index in
// each of them. Axes that share a factor have it in the same order.
type Factor struct{ atom *term }

// Factor returns the factor whose indices are g's units.
func (g *Group) Factor() Factor { return Factor{g.atom} }

// Factors lists the factors in which positions of the member's axis have an index, without those of extent 1. A factor
// is listed as often as a position has an index in it; parts side by side may have different factors. The list is empty
// for an axis of too many parts to tell apart, of which nothing can be removed.
func (a *Analysis) Factors(m Member) []Factor {
	if terms := a.axes[m.Value]; m.Axis < len(terms) && terms[m.Axis].occurrences() <= maxParts {
		return terms[m.Axis].factors()
	}
	return nil
}

func (t *term) factors() []Factor {
	t = t.find()
	var out []Factor
	switch {
	case t.size.Is(1):
	case t.shape == atom:
		out = []Factor{{t}}
	case t.shape == product:
		for _, p := range t.parts {
			out = append(out, p.factors()...)
		}
	default:
		have := map[Factor]int{}
		for _, p := range t.parts {
			here := map[Factor]int{}
			for _, f := range p.factors() {
				if here[f]++; here[f] > have[f] {
					have[f] = here[f]
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// Indices returns the index in f of each position of the member's axis, or -1 where it has none.
func (a *Analysis) Indices(f Factor, m Member) []int {
	return a.indices(f.atom, a.axes[m.Value][m.Axis])
}

// Within returns, for each position of the outer member's axis, the corresponding position of the inner member's axis.
// It is nil unless the inner axis is a factor of the outer one, or several adjacent ones.
func (a *Analysis) Within(outer, inner Member) []int {
	if a.axes[outer.Value][outer.Axis].occurrences()+a.axes[inner.Value][inner.Axis].occurrences() > maxParts {
		return nil
	}
	whole, part := a.axes[outer.Value][outer.Axis].flatFactors(), a.axes[inner.Value][inner.Axis].flatFactors()
	at := -1
	for i := range len(whole) - len(part) + 1 {
		if slices.EqualFunc(whole[i:i+len(part)], part, (*term).equal) {
			if at >= 0 || len(part) == 0 {
				return nil
			}
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	extent := func(ts []*term) int {
		n := 1
		for _, t := range ts {
			size, _ := t.size.Value()
			n *= size
		}
		return n
	}
	stride, size := extent(whole[at+len(part):]), extent(part)
	out := make([]int, extent(whole))
	for p := range out {
		out[p] = p / stride % size
	}
	return out
}

// flatFactors lists the factors of t without those of extent 1.
func (t *term) flatFactors() []*term {
	return slices.DeleteFunc(t.flat(product, nil), func(p *term) bool { return p.size.Is(1) })
}

// equal reports whether t and u are made of the same atoms in the same way.
func (t *term) equal(u *term) bool {
	t, u = t.find(), u.find()
	switch {
	case t == u:
		return true
	case t.shape != u.shape || t.shape == atom:
		return false
	case t.shape == product:
		return slices.EqualFunc(t.flatFactors(), u.flatFactors(), (*term).equal)
	}
	return slices.EqualFunc(t.flat(sum, nil), u.flat(sum, nil), (*term).equal)
}
