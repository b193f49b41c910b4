package group

import "slices"

// Factor is an atom as others may speak of it: an axis is made of factors, and a position of the axis has
// an index in each of them. Axes that have a factor in common have it in the same order.
type Factor struct{ atom *term }

// Factor is the one that g's units number.
func (g *Group) Factor() Factor { return Factor{g.atom} }

// Factors lists what a position of the member's axis has an index in, those of one index left out. A factor stands
// there as often as a position lies in it; parts side by side may have different ones. An axis of too many parts to be
// told apart, of which nothing can go, has none.
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

// Indices gives the index in f of each position of the member's axis, or -1 where it has none.
func (a *Analysis) Indices(f Factor, m Member) []int {
	return a.indices(f.atom, a.axes[m.Value][m.Axis])
}

// Within gives, for each position of the outer member's axis, the position of the inner one's axis that it lies
// at, where the inner axis is a factor of the outer one, or several next to each other; else nil.
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

// flatFactors is the factors of t, those of one index left out.
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
