package group

import "fmt"

// A term can be expanded into its parts and into its positions. Parts that occur in it more than once are one term, so
// forty Concats of a value with itself take forty terms and have 2^40 parts. Both numbers are bounded, far above those
// of real networks, and so is the number of units, which criteria compare with each other. What exceeds a bound is
// pinned, with the reason.
const (
	maxParts     = 1 << 14
	maxPositions = 1 << 24
	maxUnits     = 1 << 17
)

// occurrences is the number of atoms in the expansion of t, counted as often as they occur; anything above maxParts is
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

// bound pins the axes that are too large to expand.
func (f *finder) bound() {
	for _, v := range f.a.values {
		for i, t := range f.a.axes[v] {
			f.boundOne(t, v.Name, i)
		}
	}
	for _, n := range f.g.AllNodes() {
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
