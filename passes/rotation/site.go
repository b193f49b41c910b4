package rotation

import (
	"slices"

	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// MaxUnits bounds the groups whose basis is changed. That takes time cubic in their units (eigenvectors, twice for each
// basis): four seconds at the bound, and ten times that at twice the bound. Larger groups are left alone.
const MaxUnits = 512

// site is streams whose basis can be changed together: one that maps read, or those that products combine.
type site struct {
	group            *group.Group
	writers, readers []side
	operands         []operand
	// common are the factors that distinguish positions of different bases: each head has its own, for example. Without
	// any there is one basis. turns numbers the bases by the indices in these factors.
	common []group.Factor
	turns  map[string]int
	// product reports whether products read the streams; otherwise maps do.
	product bool
	// central is the side of products whose mean does not matter, or 0 if there is none.
	central int
}

// side is where on an axis a map writes or reads a stream.
type side struct {
	*linear.Map
	stream  *stream
	turned  int    // as the stream, or reading
	meant   []bool // positions that belong to the stream, among those that have units; nil: all
	vectors []vector
}

// operand is a value that a product contracts.
type operand struct {
	group.Member
	stream *stream
}

// axis returns the member that a map writes to, or reads from.
func (s side) axis() group.Member {
	if s.turned == reading {
		return group.Member{Value: s.X(), Axis: s.In}
	}
	return group.Member{Value: s.Node.Out(0), Axis: s.Out}
}

// reading is turned of a side that reads.
const reading = 2

// observed returns the sides whose Gram matrices determine which basis is best.
func (x *site) observed() []side {
	if x.product {
		return x.writers
	}
	return x.readers
}

// sites lists where the basis of g can be changed. There are none if anything but linear maps operates on its units.
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

// site returns s with all streams that products join it to, or nil if their basis cannot be changed. used are the
// positions of writers that belong to other sites.
func (f *flow) site(s *stream, used map[group.Member][]bool) *site {
	all, ok := f.pair(s)
	x := &site{group: f.g, product: len(s.products) > 0}
	if !ok {
		return nil
	}
	for _, s := range all {
		if s.left || x.product == (len(s.readers) > 0) { // two bases, or nothing reads it, or maps and products do
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

// sources visits the maps that write s and their positions that it consists of: all, or those of which s takes a part.
// keep reports which of the positions of a map are wanted; nil: all.
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
