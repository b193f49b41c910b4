package group

import "fmt"

// A term is written out in two ways: as its parts and as its positions. Parts that stand in it more than once are one
// term, so that forty Concats of a value with itself take forty terms and have 2^40 parts. Both numbers are bounded,
// far above what networks have, and so is that of units, which criteria weigh against each other: what is beyond is pinned,
// with the reason.
const (
	maxParts     = 1 << 14
	maxPositions = 1 << 24
	maxUnits     = 1 << 17
)

// occurrences is how many atoms t has when it is written out, each as often as it stands there; more than maxParts are
// maxParts+1.
func (t *term) occurrences() int { return t.occurrencesOf(map[*term]int{}) }

func (t *term) occurrencesOf(known map[*term]int) int {
	t = t.find()
	if t.shape == atom {
		return 1
	}
	if n, ok := known[t]; ok {
		return n
	}
	n := 0
	for _, p := range t.parts {
		n = min(n+p.occurrencesOf(known), maxParts+1)
	}
	known[t] = n
	return n
}

// bound pins the axes that are too large to be written out.
func (f *finder) bound() {
	for _, v := range f.a.values {
		for i, t := range f.a.axes[v] {
			f.boundOne(t, v.Name, i)
		}
	}
	for _, n := range f.g.Nodes {
		for i, t := range f.a.virtual[n] {
			f.boundOne(t, n.Label(), i)
		}
	}
}

func (f *finder) boundOne(t *term, name string, axis int) {
	c := &cause{value: name, axis: axis, operator: "extent"}
	if n, known := t.find().size.Value(); known && n > maxPositions {
		c.reason = fmt.Sprintf("is over %d, more than are told apart", maxPositions)
		t.fix(c)
	} else if t.occurrences() > maxParts {
		c.reason = fmt.Sprintf("is made up of more than %d parts", maxParts)
		t.fix(c)
	}
	t.atoms(func(a *term) {
		if n, known := a.size.Value(); known && n > maxUnits {
			a.fix(&cause{value: name, axis: axis, operator: "extent", reason: fmt.Sprintf("has %d units, over %d, more than are weighed against each other", n, maxUnits)})
		}
	})
}
