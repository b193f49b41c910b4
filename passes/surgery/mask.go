package surgery

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// Mask returns a copy of m, an ordinary model, in which every removed position of every value is zero wherever it is
// read. Masking what consumers read, rather than the weights that produce it, is what makes the result equal to a cut: a
// bias, Sigmoid(0) or padding would make removed channels nonzero again.
//
// A node that computes a statistic over a cut axis reads only the kept positions, through a Gather before it and a Pad
// and a Gather behind it, because zeroes would count.
func Mask(m *graph.Model, a *group.Analysis, p *group.Plan) (*graph.Model, error) {
	c, copies := m.Clone()
	mk := &masker{a: a, p: p}
	own := c.Graph.AllNodes() // the copy's own nodes, before the mask adds any
	for _, v := range m.Graph.AllValues() {
		mk.g = copies[v].Graph()
		if err := mk.zero(v, copies[v]); err != nil {
			return nil, err
		}
	}
	for i, old := range m.Graph.AllNodes() {
		if mk.cutStat(old) {
			mk.g = own[i].Graph()
			if err := mk.narrow(old, own[i]); err != nil {
				return nil, fmt.Errorf("node %s: %w", old.Label(), err)
			}
		}
	}
	return c, sortAll(c.Graph)
}

// sortAll sorts the nodes of g and of the graphs inside it.
func sortAll(g *graph.Graph) error {
	for _, n := range g.AllNodes() {
		for _, sub := range n.Subgraphs() {
			if err := sub.Sort(); err != nil {
				return err
			}
		}
	}
	return g.Sort()
}

type masker struct {
	g *graph.Graph // to which nodes are added
	a *group.Analysis
	p *group.Plan
}

// maskOpset is the version of the nodes that the mask adds. A masked model is run by the proof and never written, so it
// may mix versions.
const maskOpset = 13

// zero makes every reader of w, the copy of v, see zeroes at the removed positions.
func (mk *masker) zero(v, w *graph.Value) error {
	for axis, d := range v.Type.Shape {
		kept := mk.a.Kept(mk.p, v, axis)
		if kept == nil {
			if err := mk.zeroEach(v, w, axis); err != nil {
				return err
			}
			continue
		}
		size, _ := d.Value()
		live := make([]bool, size)
		for _, k := range kept {
			live[k] = true
		}
		if w.Const != nil && w.Const.Bytes() < largeConstant {
			t, err := blank(w.Const, axis, live)
			if err != nil {
				return fmt.Errorf("initializer %q: %w", v.Name, err)
			}
			mk.g.SetConst(w, t)
			continue
		}
		if err := mk.where(w, axis, live, v.Type); err != nil {
			return err
		}
	}
	return nil
}

// largeConstant is the size in bytes from which a constant is masked each time it is read, instead of being copied: the
// large weights of a model may take most of the memory.
const largeConstant = 64 << 20

// where puts Where(live, w, 0) between w and its readers.
func (mk *masker) where(w *graph.Value, axis int, live []bool, t graph.Type) error {
	shape := slices.Repeat([]int{1}, len(t.Shape))
	shape[axis] = len(live)
	mask := mk.g.AddConst(w.Name+"_live", graph.TensorOf(live, shape...))
	zero := mk.g.AddConst(w.Name+"_zero", graph.NewTensor(t.DType))
	out := mk.g.Fresh(w.Name + "_masked")
	out.Type = graph.TensorType(t.DType, t.Shape.Clone())
	mk.g.ReplaceUses(w, out)
	_, err := mk.g.NewNode("Where", "", maskOpset, []*graph.Value{mask, w, zero}, []*graph.Value{out})
	return err
}

// cutStat reports whether the node computes a statistic over an axis that is cut.
func (mk *masker) cutStat(old *graph.Node) bool {
	return slices.ContainsFunc(mk.a.StatAxes(old), func(s group.Member) bool {
		return mk.a.Kept(mk.p, s.Value, s.Axis) != nil
	})
}

// narrow makes n, the copy of old, compute on the kept positions only.
func (mk *masker) narrow(old, n *graph.Node) error {
	if err := resize(n, mk.a.KeptAt(mk.p, old)); err != nil {
		return err
	}
	for i, v := range old.Inputs() {
		if v == nil {
			continue
		}
		for axis := range v.Type.Shape {
			if kept := mk.a.Kept(mk.p, v, axis); kept != nil {
				r, err := mk.gather(n.In(i), axis, kept)
				if err != nil {
					return err
				}
				n.SetInput(i, r)
			}
		}
	}
	for i, v := range old.Outputs() {
		if v == nil {
			continue
		}
		for axis, d := range v.Type.Shape {
			if kept := mk.a.Kept(mk.p, v, axis); kept != nil {
				size, _ := d.Value()
				if err := mk.scatter(n, i, axis, kept, size); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// gather adds a node that picks positions of one axis of v.
func (mk *masker) gather(v *graph.Value, axis int, positions []int) (*graph.Value, error) {
	index := make([]int64, len(positions))
	for i, k := range positions {
		index[i] = int64(k)
	}
	at := mk.g.AddConst(v.Name+"_positions", graph.TensorOf(index, len(index)))
	return mk.node("Gather", v.Name+"_kept", []*graph.Value{v, at}, graph.IntAttr("axis", axis))
}

// scatter spreads output i of n back to its full extent: one zero is appended, and gathered wherever a position was
// removed.
func (mk *masker) scatter(n *graph.Node, i, axis int, kept []int, size int) error {
	full := n.Out(i)
	readers := slices.Clone(full.Uses())
	from := slices.Repeat([]int{len(kept)}, size)
	for at, k := range kept {
		from[k] = at
	}
	padded, err := mk.appendZero(full, axis)
	if err != nil {
		return err
	}
	out, err := mk.gather(padded, axis, from)
	if err != nil {
		return err
	}
	for _, u := range readers {
		u.Node.SetInput(u.Index, out)
	}
	mk.returned(full, out)
	return nil
}

// returned makes every subgraph that returns v return w, which belongs to the same graph. The model's own outputs are
// never cut, and keep their names.
func (mk *masker) returned(v, w *graph.Value) {
	top := mk.g
	for top.Outer != nil {
		top = top.Outer
	}
	for _, n := range top.AllNodes() {
		for _, sub := range n.Subgraphs() {
			for i, out := range sub.Outputs {
				if out == v {
					sub.Outputs[i] = w
				}
			}
		}
	}
}

// appendZero adds one position of zeroes at the end of an axis of v.
func (mk *masker) appendZero(v *graph.Value, axis int) (*graph.Value, error) {
	pads := make([]int64, 2*len(v.Type.Shape))
	pads[len(v.Type.Shape)+axis] = 1
	p := mk.g.AddConst(v.Name+"_pads", graph.TensorOf(pads, len(pads)))
	return mk.node("Pad", v.Name+"_padded", []*graph.Value{v, p})
}

// node adds a node with one output.
func (mk *masker) node(op, hint string, in []*graph.Value, attrs ...*graph.Attr) (*graph.Value, error) {
	out := mk.g.Fresh(hint)
	_, err := mk.g.NewNode(op, "", maskOpset, in, []*graph.Value{out}, attrs...)
	return out, err
}

// blank copies t with zeroes at the positions of one axis that are not live.
func blank(t *graph.Tensor, axis int, live []bool) (*graph.Tensor, error) {
	bits := t.DType().Bits()
	if bits == 0 {
		return nil, fmt.Errorf("elements of type %v cannot be taken apart", t.DType())
	}
	if bits < 8 {
		wide, err := graph.FromRaw(graph.Uint8, t.Shape(), unpack(t))
		if err == nil {
			wide, err = blank(wide, axis, live)
		}
		if err != nil {
			return nil, err
		}
		return pack(t.DType(), wide)
	}
	row := bits / 8
	for _, d := range t.Shape()[axis+1:] {
		row *= d
	}
	raw := slices.Clone(t.Raw())
	for i := 0; i*row < len(raw); i++ {
		if !live[i%len(live)] {
			clear(raw[i*row : (i+1)*row])
		}
	}
	return graph.FromRaw(t.DType(), t.Shape(), raw)
}
