package runtime

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// wholes rewrites the graph of a program so that quantized numbers are held in float32, as whole numbers
// counted from their zero point. The kernels of float32 then compute with them, in the order of axes that
// suits, and a QuantizeLinear is part of what is computed before it. Sums of products are exact as long as
// no sum can reach 2^24, which the constants tell; nodes whose sums might are left as they are. Nodes that
// need numbers as the model stores them get these.
type wholes struct {
	session *Session
	graph   *graph.Graph
	held    map[*graph.Value]wholeValue
	made    map[string]*graph.Value // what was inserted, by what it computes
	instead map[*graph.Value]*graph.Value
	dead    map[*graph.Node]bool
	nodes   []*graph.Node // in their new order
	at      *graph.Node   // the node that is being rewritten, whose name its parts take
}

// wholeValue is how a quantized value is held.
type wholeValue struct {
	value   *graph.Value // float32
	zero    int64        // what the numbers are counted from, unless that is computed
	dynamic *graph.Value // the computed zero point, or nil
	most    float64      // no number is further from the zero point
}

// exact is the first whole number that has a neighbour which float32 lacks.
const exact = 1 << 24

// holdWholes rewrites g, the graph of a program, as wholes says.
func (s *Session) holdWholes(g *graph.Graph) error {
	w := &wholes{session: s, graph: g, held: map[*graph.Value]wholeValue{}, made: map[string]*graph.Value{},
		instead: map[*graph.Value]*graph.Value{}, dead: map[*graph.Node]bool{}}
	if !slices.ContainsFunc(g.Nodes, func(n *graph.Node) bool { return n.Domain == "" && wholeRules[n.Op] != nil && !known(n) }) {
		return nil
	}
	for _, n := range slices.Clone(g.Nodes) {
		if err := w.node(n); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	for _, v := range slices.Clone(g.Outputs) {
		if err := w.output(v); err != nil {
			return err
		}
	}
	for name := range s.shown {
		if v := g.Value(name); v != nil && !v.IsOutput() {
			if _, err := w.stored(v); err != nil {
				return err
			}
		}
	}
	if err := g.RemoveNodes(w.dead); err != nil {
		return err
	}
	g.Nodes = w.nodes
	for v, u := range w.instead { // names are what taps go by
		if s.shown[v.Name] && g.Value(v.Name) == nil && g.Value(u.Name) == u && !u.IsOutput() {
			if err := g.Rename(u, v.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// node rewrites n by the rule of its operator, or gives it its inputs as the model stores them.
func (w *wholes) node(n *graph.Node) error {
	w.at = n
	if rule := wholeRules[n.Op]; rule != nil && n.Domain == "" && !known(n) {
		done, err := rule(w, n)
		if err != nil {
			return err
		}
		if done {
			w.dead[n] = true
			return nil
		}
	}
	for i, v := range n.Inputs() {
		u, err := w.stored(v)
		if err != nil {
			return err
		}
		if u != v {
			n.SetInput(i, u)
		}
	}
	w.nodes = append(w.nodes, n)
	return nil
}

// output lets an output be what replaces it.
func (w *wholes) output(v *graph.Value) error {
	u, err := w.stored(v)
	if err != nil || u == v {
		return err
	}
	if u.IsOutput() || u.IsInput() || u.Const != nil {
		if u, err = w.insert("Identity", "", 13, []*graph.Value{u}, u.Type); err != nil {
			return err
		}
	}
	delete(w.instead, v)
	return w.graph.ReplaceOutput(v, u)
}

// stored returns the value that holds v's numbers as the model stores them.
func (w *wholes) stored(v *graph.Value) (*graph.Value, error) {
	if v == nil {
		return nil, nil
	}
	if u := w.instead[v]; u != nil {
		return u, nil
	}
	h, ok := w.held[v]
	if !ok {
		return v, nil
	}
	inputs := []*graph.Value{h.value}
	switch {
	case h.dynamic != nil:
		inputs = append(inputs, h.dynamic)
	case h.zero != 0:
		inputs = append(inputs, w.graph.AddConst("zero", graph.TensorOf([]int64{h.zero})))
	}
	u, err := w.insert(kernel.Narrow, kernel.Own, 1, inputs, v.Type)
	w.instead[v] = u
	return u, err
}

// replace makes u what readers of v read.
func (w *wholes) replace(v, u *graph.Value) { w.instead[v] = u }

// from returns the numbers of v less a zero point, in float32, and the most that they can be. The zero
// point is nil, a constant or computed. It returns nil if they cannot be held so.
func (w *wholes) from(v, zero *graph.Value) (*graph.Value, float64, error) {
	lo, hi, ok := wholeRange(v.Type.DType)
	if !ok {
		return nil, 0, nil
	}
	h, isHeld := w.held[v]
	if zero != nil && zero.Const == nil {
		at, err := w.stored(zero)
		if err != nil || isHeld && h.dynamic == at {
			return h.value, h.most, err
		}
		if v, err = w.stored(v); err != nil {
			return nil, 0, err
		}
		u, err := w.once(kernel.Widen, v, at)
		return u, max(hi-lo, 0), err
	}
	z, ok := wholeNumber(zero)
	if !ok {
		return nil, 0, nil
	}
	most := max(hi-float64(z), float64(z)-lo)
	switch {
	case isHeld && h.dynamic == nil && h.zero == z:
		return h.value, h.most, nil
	case isHeld && h.dynamic == nil:
		u, err := w.plus(h.value, float32(h.zero-z))
		return u, most, err
	}
	v, err := w.stored(v)
	if err != nil {
		return nil, 0, err
	}
	if v.Const != nil {
		u, ok := w.constant(v, zero, 0)
		if !ok {
			return nil, 0, nil
		}
		return u, most, nil
	}
	if z == 0 {
		u, err := w.once(kernel.Widen, v, nil)
		return u, most, err
	}
	u, err := w.once(kernel.Widen, v, zero)
	return u, most, err
}

// once inserts an operator of Own for v and a zero point, unless that has been done.
func (w *wholes) once(name string, v, zero *graph.Value) (*graph.Value, error) {
	inputs := []*graph.Value{v}
	key := fmt.Sprintf("%s %p", name, v)
	if zero != nil {
		inputs = append(inputs, zero)
		key += fmt.Sprintf(" %p", zero)
	}
	if u := w.made[key]; u != nil {
		return u, nil
	}
	t := v.Type
	t.DType, t.Elems = graph.Float32, nil
	u, err := w.insert(name, kernel.Own, 1, inputs, t)
	w.made[key] = u
	return u, err
}

// plus and times return v plus or times a number.
func (w *wholes) plus(v *graph.Value, x float32) (*graph.Value, error) {
	return w.withNumber("Add", v, x)
}

func (w *wholes) times(v *graph.Value, x float32) (*graph.Value, error) {
	return w.withNumber("Mul", v, x)
}

func (w *wholes) withNumber(name string, v *graph.Value, x float32) (*graph.Value, error) {
	key := fmt.Sprintf("%s %p %x", name, v, x)
	if u := w.made[key]; u != nil {
		return u, nil
	}
	u, err := w.insert(name, "", 14, []*graph.Value{v, w.graph.AddConst("number", graph.TensorOf([]float32{x}))}, v.Type)
	w.made[key] = u
	return u, err
}

// insert adds a node that computes a value of type t.
func (w *wholes) insert(name, domain string, version int, inputs []*graph.Value, t graph.Type, attrs ...*graph.Attr) (*graph.Value, error) {
	u, err := w.insertAll(name, domain, version, inputs, []graph.Type{t}, attrs...)
	if err != nil {
		return nil, err
	}
	return u[0], nil
}

func (w *wholes) insertAll(name, domain string, version int, inputs []*graph.Value, types []graph.Type, attrs ...*graph.Attr) ([]*graph.Value, error) {
	out := make([]*graph.Value, len(types))
	for i, t := range types {
		out[i] = w.graph.Fresh(inputs[0].Name)
		out[i].Type = t
		out[i].Type.Elems = nil
	}
	n, err := w.graph.NewNode(name, domain, version, inputs, out, attrs...)
	if err != nil {
		return nil, err
	}
	n.Name = w.at.Name
	w.nodes = append(w.nodes, n)
	return out, nil
}

// wholeRange returns the least and the greatest number of an integer type that float32 holds.
func wholeRange(d graph.DType) (lo, hi float64, ok bool) {
	if !d.IsInt() || d.Bits() < 8 || d.Bits() > 16 {
		return 0, 0, false
	}
	r := op.Representable(d, nil, 1)[0]
	return r[0], r[1], true
}

// wholeNumber returns the constant integer v, which is 0 if v is nil.
func wholeNumber(v *graph.Value) (int64, bool) {
	if v == nil {
		return 0, true
	}
	if v.Const == nil || v.Const.Len() != 1 || v.Const.Rank() > 1 {
		return 0, false
	}
	x, ok := graph.Ints(v.Const)
	if !ok {
		return 0, false
	}
	return x[0], true
}

// scaleOf returns the constant float32 scale v, a single number above zero.
func scaleOf(v *graph.Value) (float32, bool) {
	if v == nil || v.Const == nil || v.Const.DType() != graph.Float32 || v.Const.Len() != 1 || v.Const.Rank() > 1 {
		return 0, false
	}
	x := graph.Data[float32](v.Const)[0]
	return x, x > 0 && x*0 == 0
}
