package group

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// shape says how the positions of a term are composed.
type shape uint8

const (
	atom    shape = iota // positions that nothing divides
	sum                  // the parts side by side
	product              // row-major over the factors
)

// term is the type of an axis, or a part of one. Terms that were unified point
// to one representative; see find.
type term struct {
	up    *term
	size  graph.Dim
	shape shape
	parts []*term // of a sum or a product
	pin   *cause  // of an atom
	open  *cause  // of an atom whose extent is not a number: where it occurs
	fixed bool    // every atom of a sum or a product is pinned, and stays pinned
	order int     // of creation, so that results do not depend on map order
}

// cause is why an atom is pinned.
type cause struct {
	value    string
	axis     int
	operator string
	reason   string
}

// algebra makes terms and unifies them.
type algebra struct{ made int }

func (al *algebra) atom(size graph.Dim) *term {
	al.made++
	return &term{size: size, order: al.made}
}

func (al *algebra) of(s shape, parts ...*term) *term {
	if len(parts) == 1 {
		return parts[0]
	}
	size := graph.Size(0)
	if s == product {
		size = graph.Size(1)
	}
	for _, p := range parts {
		if s == sum {
			size = size.Add(p.size)
		} else {
			size = size.Mul(p.size)
		}
	}
	t := al.atom(size)
	t.shape, t.parts = s, parts
	return t
}

// find is the representative of t.
func (t *term) find() *term {
	for t.up != nil {
		if t.up.up != nil {
			t.up = t.up.up
		}
		t = t.up
	}
	return t
}

// fix pins every atom of t that is not pinned yet.
func (t *term) fix(c *cause) {
	t = t.find()
	switch {
	case t.shape != atom:
		if !t.fixed { // a part that occurs in t many times is walked once
			t.fixed = true
			for _, p := range t.parts {
				p.fix(c)
			}
		}
	case t.pin == nil:
		t.pin = c
	}
}

// flat appends the parts of t to into, with nested terms of the same shape expanded.
func (t *term) flat(s shape, into []*term) []*term {
	t = t.find()
	if t.shape != s {
		return append(into, t)
	}
	for _, p := range t.parts {
		into = p.flat(s, into)
	}
	return into
}

// unify makes position i of a and position i of b the same thing. Where their forms have no common refinement, the parts
// that differ are pinned with the cause.
func (al *algebra) unify(a, b *term, c *cause) {
	a, b = a.find(), b.find()
	switch {
	case a == b:
	case !a.size.Equal(b.size), a.shape != atom && b.shape != atom && a.occurrences()+b.occurrences() > maxParts:
		a.fix(c)
		b.fix(c)
	case a.shape == atom && b.shape == atom:
		if b.order < a.order {
			a, b = b, a
		}
		al.become(b, a)
	case a.shape == atom:
		al.become(a, b)
	case b.shape == atom:
		al.become(b, a)
	case a.shape == sum && b.shape == sum:
		al.unifySums(a.flat(sum, nil), b.flat(sum, nil), c)
	case a.shape == product && b.shape == product:
		al.unifyProducts(a.flat(product, nil), b.flat(product, nil), c)
	case a.shape == sum:
		al.unifyMixed(a, b, c)
	default:
		al.unifyMixed(b, a, c)
	}
}

// become makes the atom a stand for t; a's pin passes to t. If t is a with factors of extent 1, a stands for it already.
func (al *algebra) become(a, t *term) {
	if t.is(a) {
		return
	}
	a.up = t
	if a.pin != nil {
		t.fix(a.pin)
	}
	t.leaveOpen(a.open)
}

// leaveOpen records where the atoms of t occur whose extents are not numbers. The atoms that they are multiplied with
// can still be cut: heads stay heads when the batch is folded into their axis.
func (t *term) leaveOpen(c *cause) {
	if c == nil {
		return
	}
	t.atoms(func(a *term) {
		if _, known := a.size.Value(); !known && a.open == nil {
			a.open = c
		}
	})
}

// is reports whether t is the atom a, disregarding factors of extent 1 and empty parts. No other term of a's extent
// contains a.
func (t *term) is(a *term) bool {
	for t = t.find(); t != a; {
		if t.shape == atom {
			return false
		}
		nothing := 0
		if t.shape == product {
			nothing = 1
		}
		rest := slices.DeleteFunc(slices.Clone(t.parts), func(p *term) bool { return p.find().size.Is(nothing) })
		if len(rest) != 1 {
			return false
		}
		t = rest[0].find()
	}
	return true
}

// unifySums aligns the boundaries of two sums from the left.
func (al *algebra) unifySums(as, bs []*term, c *cause) {
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[0].find(), bs[0].find()
		if a.shape == sum {
			as = append(a.flat(sum, nil), as[1:]...)
			continue
		}
		if b.shape == sum {
			bs = append(b.flat(sum, nil), bs[1:]...)
			continue
		}
		if a.size.Equal(b.size) {
			al.unify(a, b, c)
			as, bs = as[1:], bs[1:]
			continue
		}
		m, okA := a.size.Value()
		n, okB := b.size.Value()
		if !okA || !okB || (m > n && !al.splitSum(a, n)) || (m < n && !al.splitSum(b, m)) {
			break
		}
	}
	for _, t := range append(slices.Clone(as), bs...) {
		t.fix(c)
	}
}

// splitSum turns t, which is not a sum, into a sum whose first part has n positions. A product can only be split between
// indices of its outermost factor.
func (al *algebra) splitSum(t *term, n int) bool {
	size, _ := t.size.Value()
	if t.shape == atom {
		head, tail := al.atom(graph.Size(n)), al.atom(graph.Size(size-n))
		head.pin, tail.pin = t.pin, t.pin
		t.shape, t.parts, t.pin = sum, []*term{head, tail}, nil
		return true
	}
	factors := t.flat(product, nil)
	outer, inner := factors[0], al.of(product, factors[1:]...)
	step, ok := inner.size.Value()
	if !ok || step == 0 || n%step != 0 {
		return false
	}
	if outer.shape == atom && !al.splitSum(outer, n/step) {
		return false
	}
	var parts []*term
	at := 0
	for _, o := range outer.flat(sum, nil) {
		parts = append(parts, al.of(product, o, inner))
		w, _ := o.size.Value()
		at += w
	}
	t.shape, t.parts = sum, parts
	return at*step == size
}

// unifyProducts aligns the factors of two products from the right.
func (al *algebra) unifyProducts(as, bs []*term, c *cause) {
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[len(as)-1].find(), bs[len(bs)-1].find()
		switch {
		case a.shape == product:
			as = a.flat(product, as[:len(as)-1:len(as)-1])
			continue
		case b.shape == product:
			bs = b.flat(product, bs[:len(bs)-1:len(bs)-1])
			continue
		case a.size.Is(1):
			as = as[:len(as)-1]
			continue
		case b.size.Is(1):
			bs = bs[:len(bs)-1]
			continue
		case a.size.Equal(b.size):
			al.unify(a, b, c)
			as, bs = as[:len(as)-1], bs[:len(bs)-1]
			continue
		}
		if !al.splitProduct(a, b.size, c) && !al.splitProduct(b, a.size, c) {
			break
		}
	}
	for _, t := range append(slices.Clone(as), bs...) {
		if !t.find().size.Is(1) {
			t.fix(c)
		}
	}
}

// splitProduct turns t, which is not a product, into one whose last factor has the extent inner.
func (al *algebra) splitProduct(t *term, inner graph.Dim, c *cause) bool {
	outer, ok := t.size.Div(inner)
	if !ok || outer.Is(1) || inner.Is(1) {
		return false
	}
	o, i := al.atom(outer), al.atom(inner)
	if t.shape == atom {
		o.pin, i.pin = t.pin, t.pin
		t.shape, t.parts, t.pin = product, []*term{o, i}, nil
		t.leaveOpen(t.open)
		return true
	}
	p := al.of(product, o, i)
	al.unifyMixed(t, p, c)
	t.up = p
	return true
}

// unifyMixed unifies a sum with a product. If every part of the sum is a whole number of rows of some trailing factors,
// the parts share these factors, which ties together what a Concat joined and a shuffle mixes. Otherwise the leading
// factors are pinned, and the product is read as copies of its last factor.
func (al *algebra) unifyMixed(s, p *term, c *cause) {
	parts, factors := s.flat(sum, nil), p.flat(product, nil)
	for at := 1; at < len(factors); at++ {
		inner := al.of(product, factors[at:]...)
		if inner.size.Is(1) {
			break
		}
		var rows []*term
		for _, part := range parts {
			n, ok := part.size.Div(inner.size)
			if !ok {
				break
			}
			row := al.atom(n)
			if n.Is(1) {
				row.pin = c // the only row of its part
			}
			rows = append(rows, row)
		}
		if len(rows) < len(parts) {
			continue
		}
		for i, part := range parts {
			al.unify(part, al.of(product, rows[i], inner), c)
		}
		al.unify(al.of(product, factors[:at]...), al.of(sum, rows...), c)
		return
	}
	last := factors[len(factors)-1]
	copies, ok := p.size.Div(last.size)
	n, known := copies.Value()
	if _, sized := last.size.Value(); !ok || !known || !sized || n > maxCopies {
		s.fix(c)
		p.fix(c)
		return
	}
	for _, f := range factors[:len(factors)-1] {
		f.fix(c)
	}
	al.unifySums(slices.Repeat([]*term{last}, n), parts, c)
}

// maxCopies bounds how often a product is written out as a sum.
const maxCopies = 256
