package rotation

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// side is the positions of a group on an axis that a linear map writes or reads, by block and unit: heads are
// blocks of head dimensions.
type side struct {
	*linear.Map
	blocks [][]int
}

// site is a group whose basis can be changed.
type site struct {
	group            *group.Group
	writers, readers []side
	// queries and keys are indices into writers of a group that products contract; nil for a stream.
	queries, keys []int
	operands      []operand
	// softmax says that a softmax over keys alone reads the products, so that what a product
	// has in common over all keys does not count.
	softmax bool
}

// operand is a computed value that a product contracts, and the writers that it comes from.
type operand struct {
	value   *graph.Value
	axis    int
	writers []int
	central bool // what is the same for all keys does not count
}

// find sees g as a site; nil when something other than linear maps works on its units.
func find(a *group.Analysis, g *group.Group) *site {
	f := &finder{a: a, g: g, members: map[group.Member]bool{}, from: map[*graph.Value][]int{}}
	for _, m := range g.Members {
		f.members[m] = true
	}
	f.s = &site{group: g}
	for _, m := range g.Members {
		if m.Value.Const == nil && !f.written(m) {
			return nil
		}
	}
	for _, m := range g.Members {
		if !f.isRead(m) {
			return nil
		}
	}
	if len(f.products) > 0 {
		if !f.split() {
			return nil
		}
	} else if len(f.s.readers) == 0 {
		return nil
	}
	if len(f.s.writers) == 0 || !f.s.aligned() {
		return nil
	}
	return f.s
}

type finder struct {
	a        *group.Analysis
	g        *group.Group
	s        *site
	members  map[group.Member]bool
	from     map[*graph.Value][]int // writers that a member's contents come from
	products []*graph.Node
}

// written looks at what computes m. Nodes come in order, so that what m is computed from was looked at before.
func (f *finder) written(m group.Member) bool {
	d, at := m.Value.Def()
	if d == nil || at != 0 {
		return false
	}
	if l := linear.Of(d); l != nil && l.Out == m.Axis && !f.members[group.Member{Value: d.In(0), Axis: l.In}] {
		s, ok := f.side(l, m)
		if !ok {
			return false
		}
		f.from[m.Value] = []int{len(f.s.writers)}
		f.s.writers = append(f.s.writers, s)
		return true
	}
	if !f.carries(d) {
		return false
	}
	for _, v := range d.Inputs() {
		if v != nil {
			f.from[m.Value] = append(f.from[m.Value], f.from[v]...)
		}
	}
	slices.Sort(f.from[m.Value])
	f.from[m.Value] = slices.Compact(f.from[m.Value])
	return true
}

// isRead looks at all that read m.
func (f *finder) isRead(m group.Member) bool {
	if m.Value.IsOutput() || m.Value.IsInput() {
		return false
	}
	for _, u := range m.Value.Uses() {
		n := u.Node
		switch {
		case m.Value.Const != nil:
			if !f.owned(n, m) {
				return false
			}
		case f.contracts(n, u.Index, m):
			if !slices.Contains(f.products, n) {
				f.products = append(f.products, n)
			}
		case f.carries(n):
		default:
			l := linear.Of(n)
			if l == nil || u.Index != 0 || l.In != m.Axis || f.members[group.Member{Value: n.Out(0), Axis: l.Out}] {
				return false
			}
			s, ok := f.side(l, m)
			if !ok {
				return false
			}
			f.s.readers = append(f.s.readers, s)
		}
	}
	return true
}

// owned reports whether the constant m is the weights of a map that writes or reads the group, or the bias of one that writes.
func (f *finder) owned(n *graph.Node, m group.Member) bool {
	if l := linear.Of(n); l != nil {
		return l.Groups == 1 && !l.Opaque && (f.members[group.Member{Value: n.Out(0), Axis: l.Out}] || f.members[group.Member{Value: n.In(0), Axis: l.In}])
	}
	return f.biasOf(n) != nil
}

// biasOf is the map whose bias the Add n adds; nil when it is none.
func (f *finder) biasOf(n *graph.Node) *linear.Map {
	for _, v := range n.Inputs() {
		if v == nil {
			continue
		}
		if d, _ := v.Def(); d != nil {
			if l := linear.Of(d); l != nil && l.HasBias && l.Result != d.Out(0) && l.Result == n.Out(0) {
				return l
			}
		}
	}
	return nil
}

// side lists the group's positions on m's axis, where the map takes one W and every unit stands there equally often.
func (f *finder) side(l *linear.Map, m group.Member) (side, bool) {
	if l.Groups != 1 || l.Opaque {
		return side{}, false
	}
	seen := make([]int, f.g.Units)
	s := side{Map: l}
	for p, u := range f.a.Units(f.g, m) {
		if u < 0 {
			continue
		}
		if seen[u] == len(s.blocks) {
			s.blocks = append(s.blocks, slices.Repeat([]int{-1}, f.g.Units))
		}
		s.blocks[seen[u]][u] = p
		seen[u]++
	}
	for _, n := range seen {
		if n != len(s.blocks) {
			return side{}, false
		}
	}
	return s, len(s.blocks) > 0
}

// carriers do with every position of an axis the same linear thing.
var carriers = map[string]bool{
	"Identity": true, "Reshape": true, "Transpose": true, "Flatten": true, "Squeeze": true, "Unsqueeze": true,
	"GlobalAveragePool": true, "AveragePool": true, "ReduceMean": true, "ReduceSum": true, "Dropout": true,
}

// carries reports whether n takes the group's units from its inputs to its outputs without mixing or bending them.
func (f *finder) carries(n *graph.Node) bool {
	if n.Domain != "" || op.Lookup(n) == nil || n.Out(1) != nil {
		return false
	}
	if f.biasOf(n) != nil {
		return true
	}
	switch n.Op {
	case "Add", "Sub":
		return f.holds(n.In(0)) && f.holds(n.In(1))
	case "Mul":
		return f.holds(n.In(0)) && scalar(n.In(1)) || scalar(n.In(0)) && f.holds(n.In(1))
	case "Div":
		return f.holds(n.In(0)) && scalar(n.In(1))
	case "MatMul": // a weighted sum over another axis
		return !f.holds(n.In(0)) && f.holds(n.In(1)) && f.members[last(n.In(1))] && f.members[last(n.Out(0))]
	}
	return carriers[n.Op] && f.holds(n.In(0))
}

func last(v *graph.Value) group.Member { return group.Member{Value: v, Axis: len(v.Type.Shape) - 1} }

// holds reports whether a computed value has positions of the group.
func (f *finder) holds(v *graph.Value) bool {
	if v == nil || v.Const != nil {
		return false
	}
	for axis := range v.Type.Shape {
		if f.members[group.Member{Value: v, Axis: axis}] {
			return true
		}
	}
	return false
}

// scalar reports whether v is one constant number.
func scalar(v *graph.Value) bool {
	return v != nil && v.Const != nil && v.Const.Len() == 1 && !v.IsInput()
}

// contracts reports whether n is a product of two computed values over the group, of which m is one.
func (f *finder) contracts(n *graph.Node, index int, m group.Member) bool {
	x, y := n.In(0), n.In(1)
	if n.Op != "MatMul" || n.Domain != "" || !f.holds(x) || !f.holds(y) || len(y.Type.Shape) < 2 {
		return false
	}
	across := group.Member{Value: y, Axis: len(y.Type.Shape) - 2}
	return f.members[last(x)] && f.members[across] && (index == 0 && m == last(x) || index == 1 && m == across)
}

// split sorts the writers of a group that products contract into those of the left and of the right operands.
func (f *finder) split() bool {
	if len(f.s.readers) > 0 {
		return false
	}
	f.s.softmax = true
	for _, n := range f.products {
		f.s.queries = append(f.s.queries, f.from[n.In(0)]...)
		f.s.keys = append(f.s.keys, f.from[n.In(1)]...)
		f.s.softmax = f.s.softmax && softmaxBehind(n.Out(0))
	}
	for _, n := range f.products {
		f.s.operands = append(f.s.operands,
			operand{n.In(0), last(n.In(0)).Axis, f.from[n.In(0)], false},
			operand{n.In(1), len(n.In(1).Type.Shape) - 2, f.from[n.In(1)], f.s.softmax})
	}
	both := slices.Concat(f.s.queries, f.s.keys)
	slices.Sort(both)
	sides := len(slices.Compact(slices.Clone(both)))
	return len(f.s.queries) > 0 && len(f.s.keys) > 0 && sides == len(both) && sides == len(f.s.writers)
}

// softmaxBehind reports whether a softmax over the last axis is all that reads v, behind scaling and a mask.
func softmaxBehind(v *graph.Value) bool {
	for range 4 {
		n := linear.OnlyReader(v)
		if n == nil || n.Domain != "" {
			return false
		}
		switch n.Op {
		case "Softmax":
			axis, rank := n.Int("axis", -1), len(v.Type.Shape)
			return n.Version >= 13 && (axis == -1 || axis == rank-1)
		case "Mul", "Div":
			if !scalar(n.In(0)) && !scalar(n.In(1)) {
				return false
			}
		case "Add":
		default:
			return false
		}
		v = n.Out(0)
	}
	return false
}

// aligned reports whether the blocks of all sides can be told to be the same: as many everywhere, or one on
// all sides that write, which a Flatten may have laid out in several.
func (s *site) aligned() bool {
	n := len(s.writers[0].blocks)
	for _, w := range s.writers {
		if len(w.blocks) != n {
			return false
		}
	}
	for _, r := range s.readers {
		if len(r.blocks) != n && n != 1 {
			return false
		}
	}
	return true
}
