package rotation

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
)

// stream is the values through which a group's units pass unchanged, so that they are in one basis. Streams that meet
// point to one of them; see find.
type stream struct {
	up       *stream
	values   []*graph.Value
	writers  []*linear.Map
	readers  []*linear.Map
	products []*graph.Node // of two computed values, contracting the units
	// taken lists the parts of other streams that this one begins as; left reports that such parts were taken from this
	// one.
	taken []part
	left  bool
	// turned is the side of products that it is on: 1 for queries, -1 for keys, 0 if that is not known.
	turned int
}

// part is some positions of an axis of a value, taken by a Split, a Slice or a Gather.
type part struct {
	of        group.Member
	positions []int
}

func (s *stream) find() *stream {
	for s.up != nil {
		if s.up.up != nil {
			s.up = s.up.up
		}
		s = s.up
	}
	return s
}

// flow is how a group's units pass through a graph.
type flow struct {
	a       *group.Analysis
	g       *group.Group
	axes    map[*graph.Value]int // the axis with the units, of constants and of computed values
	streams map[*graph.Value]*stream
	order   []*stream // in the order of their beginnings
	// mixed are factors along which positions without a common index are summed, or exchanged.
	mixed map[group.Factor]bool
}

// follow finds the streams of g, or returns nil if anything but linear maps operates on its units. It takes time linear
// in g's members.
func follow(a *group.Analysis, g *group.Group) *flow {
	f := &flow{a: a, g: g, axes: map[*graph.Value]int{}, streams: map[*graph.Value]*stream{}, mixed: map[group.Factor]bool{}}
	for _, m := range g.Members {
		if _, twice := f.axes[m.Value]; twice || m.Value.IsInput() || m.Value.IsOutput() || inside(m.Value) {
			return nil
		}
		f.axes[m.Value] = m.Axis
	}
	for _, m := range g.Members { // in the order of nodes
		if m.Value.Const == nil && !f.begin(m.Value) {
			return nil
		}
	}
	for _, m := range g.Members {
		for _, u := range m.Value.Uses() {
			if m.Value.Const != nil && (len(m.Value.Uses()) > 1 || !f.owns(u)) || m.Value.Const == nil && !f.read(u, m.Value) {
				return nil
			}
		}
	}
	return f
}

// inside reports whether v is in a subgraph, or read there. No statistics are taken inside.
func inside(v *graph.Value) bool {
	return v.Graph().Outer != nil || slices.ContainsFunc(v.Uses(), func(u graph.Use) bool { return u.Node.Graph().Outer != nil })
}

// holds reports whether v is computed and has units of the group.
func (f *flow) holds(v *graph.Value) bool { return v != nil && f.streams[v] != nil }

// has reports whether that axis of v has the units.
func (f *flow) has(v *graph.Value, axis int) bool {
	at, ok := f.axes[v]
	return ok && at == axis
}

// fromEnd returns the axis with v's units, counted from the last, which is -1.
func (f *flow) fromEnd(v *graph.Value) int { return f.axes[v] - len(v.Type.Shape) }

// begin examines the node that computes v, all of whose inputs have been examined.
func (f *flow) begin(v *graph.Value) bool {
	n, at := v.Def()
	if n == nil || n.Domain != "" {
		return false
	}
	s := &stream{values: []*graph.Value{v}}
	if l := f.writer(n); l != nil {
		s.writers = append(s.writers, l)
	} else if p, ok := f.takes(n, at); ok {
		s.taken = append(s.taken, p)
		f.streams[n.In(0)].find().left = true
	} else {
		ins := f.carries(n)
		if ins == nil {
			return false
		}
		for i, x := range ins {
			if x = x.find(); i == 0 {
				s = x
				s.values = append(s.values, v)
			} else if x != s {
				s.join(x)
			}
		}
		f.streams[v] = s
		f.mix(n, v)
		return true
	}
	f.streams[v] = s
	f.order = append(f.order, s)
	return true
}

// join makes s and x one stream. Neither may point to another.
func (s *stream) join(x *stream) {
	x.up = s
	s.values = append(s.values, x.values...)
	s.writers = append(s.writers, x.writers...)
	s.taken = append(s.taken, x.taken...)
	s.left = s.left || x.left
}

// writer returns n as a map that writes the group, or nil if it is not one whose weights can be replaced.
func (f *flow) writer(n *graph.Node) *linear.Map {
	l := linear.Of(n)
	if l == nil || !plain(l) || !f.has(n.Out(0), l.Out) || f.holds(l.X()) || !f.biased(l) {
		return nil
	}
	return l
}

// plain reports whether l has a single W, of a type that is precise enough for another basis. Halves
// are: rounding the new weights changes results as much as rounding the old ones did.
func plain(l *linear.Map) bool {
	t := l.W().DType()
	return l.Groups == 1 && !l.Opaque && !l.Quantized && (t == graph.Float32 || t == graph.Float64 || t.IsHalf())
}

// biased reports whether l's bias, if it has one, can change in place: an analysis is not valid for constants of other
// shapes.
func (f *flow) biased(l *linear.Map) bool {
	if !l.HasBias || !slices.ContainsFunc(l.Bias(), func(x float64) bool { return x != 0 }) {
		return true
	}
	if n, _ := l.Result.Def(); n != l.Node {
		return true // an Add's, which keeps its shape
	}
	b := l.Node.In(2)
	_, member := f.axes[b]
	return member && b.Const.Rank() == 1
}

// biasOf returns the map that writes the group and whose bias the Add n adds, or nil if there is none.
func (f *flow) biasOf(n *graph.Node) *linear.Map {
	for _, v := range n.Inputs() {
		if v == nil || !f.holds(v) {
			continue
		}
		if d, _ := v.Def(); d != nil {
			if l := f.writer(d); l != nil && l.Result != d.Out(0) && l.Result == n.Out(0) {
				return l
			}
		}
	}
	return nil
}

// owns reports whether the constant at u is the weights of a map that writes or reads the group, or the bias of one that
// writes it.
func (f *flow) owns(u graph.Use) bool {
	if l := linear.Of(u.Node); l != nil {
		if f.writer(u.Node) != nil {
			return true
		}
		return plain(l) && f.holds(l.X()) && f.has(l.X(), l.In) && u.Index == 1-l.Operand
	}
	return f.biasOf(u.Node) != nil
}

// read examines a node that reads v, which holds the group.
func (f *flow) read(u graph.Use, v *graph.Value) bool {
	n, s := u.Node, f.streams[v].find()
	if f.contracts(n) {
		s.products = append(s.products, n)
		if u.Index == 0 {
			f.meet(n)
		}
		return true
	}
	if slices.ContainsFunc(n.Outputs(), f.holds) {
		return true // begin examined it
	}
	l := linear.Of(n)
	if l == nil || !plain(l) || l.X() != v || u.Index != l.Operand || !f.has(v, l.In) {
		return false
	}
	s.readers = append(s.readers, l)
	return true
}
