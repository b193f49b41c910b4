package rotation

import (
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// MaxUnits bounds the groups whose basis is changed: that takes time with the cube of their units (eigenvectors, twice for each
// basis), four seconds at the bound and ten times that at twice the bound. Larger groups stay as they are.
const MaxUnits = 512

// site is streams whose basis can be changed together: one that maps read, or those that products bring together.
type site struct {
	group            *group.Group
	writers, readers []side
	operands         []operand
	// common are the factors that tell positions of one basis from those of another: heads, for one, each have their own. Where there
	// are none there is one basis. turns numbers the bases by the indices in these factors.
	common []group.Factor
	turns  map[string]int
	// product says that products read the streams; else maps do.
	product bool
	// central is the side of products whose mean does not count; 0 where there is none.
	central int
}

// side is where on an axis a map writes or reads a stream.
type side struct {
	*linear.Map
	stream  *stream
	turned  int    // as the stream, or reading
	meant   []bool // positions that are the stream's, among those that have units; nil: all
	vectors []vector
}

// vector is the position of each unit on an axis, in one of the bases.
type vector struct {
	turn int
	at   []int
}

// operand is a value that a product contracts.
type operand struct {
	group.Member
	stream *stream
}

// axis is the member that a map writes to, or reads from.
func (s side) axis() group.Member {
	if s.turned == reading {
		return group.Member{Value: s.X(), Axis: s.In}
	}
	return group.Member{Value: s.Node.Out(0), Axis: s.Out}
}

// reading is turned of a side that reads.
const reading = 2

// observed is the sides whose Gram matrices tell which basis is best.
func (x *site) observed() []side {
	if x.product {
		return x.writers
	}
	return x.readers
}

// sites lists where the basis of g can be changed; none when something but linear maps works on its units.
func sites(a *group.Analysis, g *group.Group) []*site {
	if g.Units > MaxUnits {
		return nil
	}
	f := follow(a, g)
	if f == nil {
		return nil
	}
	var out []*site
	used := map[group.Member][]bool{}
	for _, s := range f.order {
		if s.up != nil || s.turned != 0 || s.left && len(s.readers)+len(s.products) == 0 {
			continue
		}
		x := f.site(s, used)
		if x == nil {
			return nil
		}
		if !slices.ContainsFunc(x.observed(), func(s side) bool { return s.Cols > statistics.MaxColumns }) {
			out = append(out, x)
		}
	}
	return out
}

// site is s with all streams that products join it to; nil where their basis cannot be changed. used
// are the positions of writers that belong to other sites.
func (f *flow) site(s *stream, used map[group.Member][]bool) *site {
	all, ok := f.pair(s)
	x := &site{group: f.g, product: len(s.products) > 0}
	if !ok {
		return nil
	}
	for _, s := range all {
		if s.left || x.product == (len(s.readers) > 0) { // two bases, or nobody reads it, or too many do
			return nil
		}
		before := len(x.writers)
		if !f.sources(s, func(l *linear.Map, positions []bool) {
			x.writers = append(x.writers, side{Map: l, stream: s, turned: s.turned, meant: positions})
		}, nil, 0) || len(x.writers) == before {
			return nil
		}
		for _, l := range s.readers {
			x.readers = append(x.readers, side{Map: l, stream: s, turned: reading})
		}
		for _, n := range s.products {
			for i := range 2 {
				v := n.In(i)
				o := operand{group.Member{Value: v, Axis: f.axes[v]}, s}
				if f.streams[v].find() == s && !slices.Contains(x.operands, o) {
					x.operands = append(x.operands, o)
				}
			}
		}
	}
	if x.product {
		x.central = f.central(all)
	}
	if !f.number(x) || !claim(x, used) {
		return nil
	}
	return x
}

// sources visits the maps that write s and their positions that go there: all, or those of which s takes a part. keep
// tells which of the positions of a map are wanted; nil: all.
func (f *flow) sources(s *stream, visit func(*linear.Map, []bool), keep func(*linear.Map, []bool) bool, depth int) bool {
	if depth > len(f.order) { // a part of itself
		return false
	}
	for _, l := range s.writers {
		positions := make([]bool, l.Outs)
		for p, u := range f.a.Units(f.g, group.Member{Value: l.Node.Out(0), Axis: l.Out}) {
			positions[p] = u >= 0
		}
		if keep != nil && !keep(l, positions) {
			return false
		}
		visit(l, positions)
	}
	for _, t := range s.taken {
		taken := map[int]bool{}
		for _, p := range t.positions {
			taken[p] = true
		}
		of := func(l *linear.Map, positions []bool) bool {
			within := f.a.Within(group.Member{Value: l.Node.Out(0), Axis: l.Out}, t.of)
			if within == nil {
				return false
			}
			for p, i := range within {
				positions[p] = positions[p] && taken[i]
			}
			return keep == nil || keep(l, positions)
		}
		if !f.sources(f.streams[t.of.Value].find(), visit, of, depth+1) {
			return false
		}
	}
	return true
}

// number gives each vector of x its basis. Vectors that agree in all factors that both go through the streams unmixed and stand
// on each axis, the units' own left out, are one head at all places; one basis serves all whose heads cannot be told.
func (f *flow) number(x *site) bool {
	for _, c := range f.a.Factors(x.writers[0].axis()) {
		if c != f.g.Factor() && !f.mixed[c] && f.everywhere(c, x) {
			x.common = append(x.common, c)
		}
	}
	x.turns = map[string]int{}
	for _, sides := range [][]side{x.writers, x.readers} {
		for i := range sides {
			if !f.vectors(x, &sides[i]) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(slices.Concat(x.writers, x.readers), func(s side) bool { return !s.complete(len(x.turns)) })
}

// complete reports whether s has vectors in each of so many bases.
func (s side) complete(turns int) bool {
	seen := map[int]bool{}
	for _, v := range s.vectors {
		seen[v.turn] = true
	}
	return len(seen) == turns
}

// everywhere reports whether each of x's positions has an index in c, and the operands of its products have c.
func (f *flow) everywhere(c group.Factor, x *site) bool {
	for _, s := range slices.Concat(x.writers, x.readers) {
		units := f.a.Units(f.g, s.axis())
		for p, i := range f.a.Indices(c, s.axis()) {
			if i < 0 && units[p] >= 0 && (s.meant == nil || s.meant[p]) {
				return false
			}
		}
	}
	for _, o := range x.operands {
		if f.times(o.Value)[c] != 1 {
			return false
		}
	}
	return true
}

// keys is the indices of each position of an axis in the common factors.
func (x *site) keys(a *group.Analysis, m group.Member) []string {
	keys := make([]string, len(a.Units(x.group, m)))
	for _, c := range x.common {
		for p, i := range a.Indices(c, m) {
			keys[p] += strconv.Itoa(i) + ","
		}
	}
	return keys
}

// vectors lists the positions of all units at s. Every unit must stand there equally often.
func (f *flow) vectors(x *site, s *side) bool {
	keys := x.keys(f.a, s.axis())
	seen := map[string][]int{}  // how often each unit was, by key
	first := map[string][]int{} // the vectors of a key
	for p, u := range f.a.Units(f.g, s.axis()) {
		if u < 0 || s.meant != nil && !s.meant[p] {
			continue
		}
		key := keys[p]
		if _, ok := x.turns[key]; !ok {
			x.turns[key] = len(x.turns)
		}
		if seen[key] == nil {
			seen[key] = make([]int, f.g.Units)
		}
		if seen[key][u] == len(first[key]) {
			first[key] = append(first[key], len(s.vectors))
			s.vectors = append(s.vectors, vector{x.turns[key], slices.Repeat([]int{-1}, f.g.Units)})
		}
		s.vectors[first[key][seen[key][u]]].at[u] = p
		seen[key][u]++
	}
	for _, v := range s.vectors {
		if slices.Contains(v.at, -1) {
			return false
		}
	}
	return len(s.vectors) > 0
}

// claim marks the positions of x's writers as used; false where another site has one of them.
func claim(x *site, used map[group.Member][]bool) bool {
	for _, w := range x.writers {
		if used[w.axis()] == nil {
			used[w.axis()] = make([]bool, w.Outs)
		}
		for _, v := range w.vectors {
			for _, p := range v.at {
				if used[w.axis()][p] {
					return false
				}
				used[w.axis()][p] = true
			}
		}
	}
	return true
}
