package runtime

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// builder builds a program from a concrete model.
type builder struct {
	program
	graph   *graph.Graph
	threads int
	weights *kernel.Weights
	sparse  Sparse
	values  map[*graph.Value]operand
	chains  map[*graph.Node]*chain // by the last node of each
	inChain map[*graph.Node]bool
	ordered map[ordering]operand
	from    map[int]int // by slot, the slot that holds the same numbers in another order
	at      *graph.Node // the node being lowered
	tapped  map[*graph.Value]*graph.Value
}

// ordering is an operand in another order. Each is made only once.
type ordering struct {
	slot  int
	which string
}

// lower builds the program of m, a result of concrete. Taps maps the values of m that are shown to
// those of the session's model.
func lower(m *graph.Model, taps map[*graph.Value]*graph.Value, opt Options, weights *kernel.Weights) (*program, error) {
	b := &builder{
		graph: m.Graph, threads: opt.Threads, sparse: opt.Sparse, weights: weights, values: map[*graph.Value]operand{},
		chains: map[*graph.Node]*chain{}, inChain: map[*graph.Node]bool{}, ordered: map[ordering]operand{},
		from: map[int]int{}, tapped: taps,
	}
	for _, v := range m.Graph.Inputs {
		at := -1
		if v.Const == nil {
			o := b.add(v.Type, slot{kind: fed})
			b.values[v], at = o, o.slot
		}
		b.inputs = append(b.inputs, at)
	}
	if err := b.tap(m.Graph.Inputs, taps); err != nil {
		return nil, err
	}
	for _, n := range m.Graph.Nodes {
		if err := b.node(n); err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		if err := b.tap(n.Outputs(), taps); err != nil {
			return nil, err
		}
	}
	for _, v := range m.Graph.Outputs {
		o, err := b.value(v)
		if err != nil {
			return nil, err
		}
		if o.DType == graph.Float32 {
			if o, err = b.in(o, nil); err != nil {
				return nil, err
			}
		}
		b.outputs = append(b.outputs, o)
		b.direct = append(b.direct, b.give(o))
	}
	b.place()
	b.touch()
	return &b.program, nil
}

// give lets the caller's tensor be the place of an output, if the output fills its planned place in
// row-major order, and reports whether it did.
func (b *builder) give(o operand) bool {
	s := &b.slots[o.slot]
	if s.kind != planned || o.Len() != s.size || !o.Plain() {
		return false
	}
	s.kind = given
	return true
}

// tap records which of the values, which were just lowered, are shown.
func (b *builder) tap(values []*graph.Value, taps map[*graph.Value]*graph.Value) error {
	for _, v := range values {
		if v == nil || taps[v] == nil {
			continue
		}
		o, err := b.value(v)
		if err != nil {
			return err
		}
		if o.DType == graph.Float32 {
			if o, err = b.in(o, nil); err != nil {
				return err
			}
		}
		b.taps = append(b.taps, tap{taps[v], o, len(b.moves)})
	}
	return nil
}

// node lowers one node, unless its outputs are known or it is part of a chain that is lowered
// later.
func (b *builder) node(n *graph.Node) error {
	if known(n) {
		return nil
	}
	b.at = n
	if c := b.chains[n]; c != nil {
		return b.chain(c)
	}
	if b.inChain[n] {
		return nil
	}
	if c := findChain(n, b.inChain, b.tapped); c != nil {
		last := c.nodes[len(c.nodes)-1]
		b.chains[last] = c
		for _, d := range c.nodes {
			b.inChain[d] = true
		}
		return nil
	}
	return b.alone(n)
}

// alone lowers a node that is not part of a chain.
func (b *builder) alone(n *graph.Node) error {
	if done, err := b.view(n); done || err != nil {
		return err
	}
	in, err := b.operands(n.Inputs())
	if err != nil {
		return err
	}
	err = b.bind(n, in, kernel.Epilogue{Activation: kernel.NoActivation}, n.Outputs())
	if errors.Is(err, kernel.ErrUnfit) {
		return b.single(n, in)
	}
	return err
}

// bind adds n as a bound kernel. With an epilogue, the outputs may be those of another node.
func (b *builder) bind(n *graph.Node, in []operand, e kernel.Epilogue, outputs []*graph.Value) error {
	q := &kernel.Request{Node: n, Epilogue: e, Threads: b.threads, Weights: b.weights}
	for _, o := range in {
		q.In = append(q.In, o.Array)
	}
	var err error
	if q.Out, err = outputArrays(outputs); err != nil {
		return err
	}
	q.Want = wanted(outputs[0])
	k, choice, err := b.bindWay(q)
	if err != nil {
		return err
	}
	if choice != nil {
		b.choices = append(b.choices, *choice)
	}
	m := move{node: n, name: k.Name, bound: k}
	for i, o := range in {
		if o.slot >= 0 && o.DType == graph.Float32 && i < len(k.In) && !slices.Contains(k.Unread, i) {
			if o, err = b.in(o, k.In[i]); err != nil {
				return err
			}
		}
		m.in = append(m.in, o)
	}
	return b.emit(m, outputs, k.Out)
}

// emit adds a move whose outputs are arrays in places of their own.
func (b *builder) emit(m move, outputs []*graph.Value, arrays []kernel.Array) error {
	for i, a := range arrays {
		o := b.addArray(a)
		if a.DType != graph.Float32 {
			b.slots[o.slot] = slot{kind: typed, array: a, in: -1}
		}
		m.out = append(m.out, o)
		if i < len(outputs) {
			b.values[outputs[i]] = o
		}
	}
	b.moves = append(b.moves, m)
	return nil
}

// single adds n as a node by itself, for which no kernel is bound before a run.
func (b *builder) single(n *graph.Node, in []operand) error {
	m := move{node: n, name: byReference}
	consts := make([]*graph.Tensor, len(in))
	for i, o := range in {
		var err error
		if o.slot >= 0 && o.DType == graph.Float32 {
			if o, err = b.in(o, nil); err != nil {
				return err
			}
		}
		if o.slot >= 0 {
			consts[i] = o.Const
		}
		m.in = append(m.in, o)
	}
	m.single = newSingle(n, op.Lookup(n), consts, b.threads, b.weights)
	for _, v := range n.Outputs() {
		if v == nil {
			m.out = append(m.out, absent)
			continue
		}
		o := b.add(v.Type, slot{kind: loose})
		m.out = append(m.out, o)
		b.values[v] = o
	}
	b.moves = append(b.moves, m)
	return nil
}

// in returns o in the given order. If it lies in another order, a move of its own reorders it.
func (b *builder) in(o operand, order []int) (operand, error) {
	if kernel.SameOrder(o.Dims, o.Order, order) {
		return o, nil
	}
	key := ordering{o.slot, fmt.Sprint(o.Dims, o.Order, order)}
	if done, ok := b.ordered[key]; ok {
		return done, nil
	}
	k := kernel.Reorder(o.Array, order)
	if s := b.slots[o.slot]; s.kind == fixed { // reordered now, once
		to := operand{k.Out[0], len(b.slots)}
		c := kernel.Call{In: [][]float32{graph.Data[float32](s.tensor)}, Out: [][]float32{kernel.Aligned(o.Len())}}
		for _, p := range k.Phases {
			p.Do(&c, nil, 0, p.Pieces)
		}
		b.slots = append(b.slots, slot{kind: fixed, in: -1, tensor: graph.TensorOf(c.Out[0], o.Dims...)})
		b.ordered[key], b.from[to.slot] = to, o.slot
		return to, nil
	}
	to := b.addArray(k.Out[0])
	b.moves = append(b.moves, move{node: b.at, name: "reorder", bound: k, in: []operand{o}, out: []operand{to}})
	b.ordered[key], b.from[to.slot] = to, o.slot
	return to, nil
}

// operands returns the values as they lie now.
func (b *builder) operands(values []*graph.Value) ([]operand, error) {
	out := make([]operand, len(values))
	for i, v := range values {
		out[i] = absent
		if v != nil {
			var err error
			if out[i], err = b.value(v); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// value returns the place of v. A constant gets its place when it is first read.
func (b *builder) value(v *graph.Value) (operand, error) {
	if o, ok := b.values[v]; ok {
		return o, nil
	}
	if v.Const == nil {
		return absent, fmt.Errorf("value %q is read before anything computes it", v.Name)
	}
	o := b.add(graph.TypeOf(v.Const), slot{kind: fixed, tensor: v.Const})
	o.Const = v.Const
	b.values[v] = o
	return o, nil
}

// add makes a place for a value of that type. Computed float32 values are planned.
func (b *builder) add(t graph.Type, s slot) operand {
	a := arrayOf(t)
	if s.kind == loose && a.DType == graph.Float32 {
		return b.addArray(a)
	}
	s.in = -1
	b.slots = append(b.slots, s)
	return operand{a, len(b.slots) - 1}
}

// addArray makes a planned place.
func (b *builder) addArray(a kernel.Array) operand {
	b.slots = append(b.slots, slot{kind: planned, size: a.Len(), in: -1})
	return operand{a, len(b.slots) - 1}
}

func arrayOf(t graph.Type) kernel.Array {
	dims, _ := t.Shape.Ints()
	return kernel.Array{DType: t.DType, Dims: dims}
}

// known reports whether nothing of n is left to compute.
func known(n *graph.Node) bool {
	return !slices.ContainsFunc(n.Outputs(), func(v *graph.Value) bool { return v != nil && v.Const == nil })
}
