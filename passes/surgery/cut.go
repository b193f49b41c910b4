package surgery

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
)

// Cut returns a copy of m without the units that the plan removes. m is not changed; a must be the analysis of m. The
// types that the plan predicts are compared with those that inference finds on the result, and a difference is an error.
func Cut(m *graph.Model, a *group.Analysis, p *group.Plan) (*graph.Model, error) {
	c, copies := m.Clone()
	old := m.Graph.AllNodes()
	for i, n := range c.Graph.AllNodes() {
		if err := resize(n, a.KeptAt(p, old[i])); err != nil {
			return nil, err
		}
	}
	predicted := map[*graph.Value]graph.Shape{}
	for _, v := range m.Graph.AllValues() {
		w := copies[v]
		shape := v.Type.Shape.Clone()
		for axis := range shape {
			kept := a.Kept(p, v, axis)
			if kept == nil {
				continue
			}
			shape[axis] = graph.Size(len(kept))
			if w.Const != nil {
				t, err := take(w.Const, axis, kept)
				if err != nil {
					return nil, fmt.Errorf("initializer %q: %w", v.Name, err)
				}
				w.Graph().SetConst(w, t)
			}
		}
		if w.Const == nil {
			w.Type.Shape = shape
			w.Type.Elems = nil
		}
		predicted[w] = shape
	}
	if err := op.InferGraph(c.Graph); err != nil {
		return nil, fmt.Errorf("after the cut: %w", err)
	}
	return c, compare(c.Graph, predicted)
}

// resize adapts n to the cut.
func resize(n *graph.Node, kept op.Kept) error {
	d := op.Lookup(n)
	if d == nil || d.Resize == nil || !op.Ranked(n) { // a node without ranks pins all that it touches
		return nil
	}
	if err := d.Resize(n, kept); err != nil {
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	return nil
}

// compare checks the inferred types against the predicted ones.
func compare(g *graph.Graph, predicted map[*graph.Value]graph.Shape) error {
	for _, v := range g.AllValues() {
		want, ok := predicted[v]
		if !ok { // added by a Resize
			continue
		}
		have := v.Type.Shape
		if len(want) != len(have) {
			return fmt.Errorf("value %q: predicted %v, inferred %v", v.Name, want, have)
		}
		for i, d := range want {
			if n, known := d.Value(); known && !have[i].Is(n) {
				return fmt.Errorf("value %q: predicted %v, inferred %v", v.Name, want, have)
			}
		}
	}
	return nil
}

// take copies the kept positions of one axis of t.
func take(t *graph.Tensor, axis int, kept []int) (*graph.Tensor, error) {
	bits := t.DType().Bits()
	if bits == 0 {
		return nil, fmt.Errorf("elements of type %v cannot be taken apart", t.DType())
	}
	if bits < 8 {
		return takePacked(t, axis, kept)
	}
	dims := append([]int{}, t.Shape()...)
	inner, outer := bits/8, 1
	for i, d := range dims {
		if i < axis {
			outer *= d
		} else if i > axis {
			inner *= d
		}
	}
	old := dims[axis]
	dims[axis] = len(kept)
	src := t.Raw()
	dst := make([]byte, 0, outer*len(kept)*inner)
	for o := range outer {
		for _, k := range kept {
			at := (o*old + k) * inner
			dst = append(dst, src[at:at+inner]...)
		}
	}
	t.Forget() // the rest is in memory now
	return graph.FromRaw(t.DType(), dims, dst)
}

// takePacked is take for elements narrower than a byte: they are unpacked to a byte each and packed again.
func takePacked(t *graph.Tensor, axis int, kept []int) (*graph.Tensor, error) {
	wide, err := graph.FromRaw(graph.Uint8, t.Shape(), unpack(t))
	if err != nil {
		return nil, err
	}
	if wide, err = take(wide, axis, kept); err != nil {
		return nil, err
	}
	return pack(t.DType(), wide)
}

// unpack returns the elements of t, which are narrower than a byte, in the low bits of a byte each.
func unpack(t *graph.Tensor) []byte {
	bits := t.DType().Bits()
	raw, out := t.Raw(), make([]byte, t.Len())
	for i := range out {
		out[i] = raw[i*bits/8] >> (i * bits % 8) & (1<<bits - 1)
	}
	return out
}

// pack is the inverse of unpack.
func pack(d graph.DType, wide *graph.Tensor) (*graph.Tensor, error) {
	bits := d.Bits()
	raw := make([]byte, graph.RawLen(d, wide.Len()))
	for i, x := range wide.Raw() {
		raw[i*bits/8] |= x << (i * bits % 8)
	}
	return graph.FromRaw(d, wide.Shape(), raw)
}
