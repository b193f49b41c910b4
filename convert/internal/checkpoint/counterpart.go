package checkpoint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Pairs maps the nodes and values of one checkpoint to their counterparts in another checkpoint of
// the same network. Exporters number nodes and weights anew in every file, so pairs are found by
// structure; only graph inputs and outputs are matched by name.
type Pairs struct {
	Nodes  map[*graph.Node]*graph.Node
	Values map[*graph.Value]*graph.Value
	inner  map[*graph.Graph]*graph.Graph
}

// Pair pairs a with b, starting from the outputs. It returns an error that names the first node or
// value at which they differ. Only the contents of floating-point constants may differ.
func Pair(a, b *graph.Model) (*Pairs, error) {
	c := &Pairs{Nodes: map[*graph.Node]*graph.Node{}, Values: map[*graph.Value]*graph.Value{}, inner: map[*graph.Graph]*graph.Graph{}}
	if err := SameInterface(a, b); err != nil {
		return nil, err
	}
	if x, y := len(a.Graph.Outputs), len(b.Graph.Outputs); x != y {
		return nil, fmt.Errorf("want %d outputs, have %d", x, y)
	}
	c.inner[a.Graph] = b.Graph
	for _, v := range a.Graph.Outputs {
		at := slices.IndexFunc(b.Graph.Outputs, func(w *graph.Value) bool { return w.Name == v.Name })
		if err := c.pair(v, b.Graph.Outputs[at]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// pair pairs v with w, and everything they are computed from.
func (c *Pairs) pair(v, w *graph.Value) error {
	if known := c.Values[v]; known != nil && v.Const == nil {
		if known != w {
			return fmt.Errorf("value %q: stands for %q in one place and for %q in another", v.Name, known.Name, w.Name)
		}
		return nil
	}
	n, i := v.Def()
	m, j := w.Def()
	switch {
	case (v.Const == nil) != (w.Const == nil):
		return fmt.Errorf("value %q: is a constant, but %q is computed in the other", v.Name, w.Name)
	case v.Const != nil:
		return c.pairConst(v, w)
	case (n == nil) != (m == nil):
		return fmt.Errorf("value %q: is an input, but %q is computed in the other", v.Name, w.Name)
	case n == nil && c.inner[v.Graph()] != w.Graph(), n == nil && v.Graph().Outer == nil && v.Name != w.Name:
		return fmt.Errorf("input %q: is %q in the other", v.Name, w.Name)
	case n != nil && i != j:
		return fmt.Errorf("value %q: is output %d of its node, but %q is output %d", v.Name, i, w.Name, j)
	}
	c.Values[v] = w
	if n == nil {
		return nil
	}
	return c.pairNodes(n, m)
}

// pairConst pairs constants. Integers define the structure of the network and must be equal.
func (c *Pairs) pairConst(v, w *graph.Value) error {
	a, b := v.Const, w.Const
	switch {
	case a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()):
		return fmt.Errorf("constant %q: is %v, but %q is %v", v.Name, graph.TypeOf(a), w.Name, graph.TypeOf(b))
	case !a.DType().IsFloat() && !sameTensor(a, b):
		return fmt.Errorf("constant %q: holds different %v elements from %q", v.Name, a.DType(), w.Name)
	case c.Values[v] != nil && !sameTensor(c.Values[v].Const, b):
		return fmt.Errorf("constant %q: is shared, but the other has both %q and %q", v.Name, c.Values[v].Name, w.Name)
	}
	c.Values[v] = w
	return nil
}

func (c *Pairs) pairNodes(n, m *graph.Node) error {
	if known := c.Nodes[n]; known != nil {
		if known != m {
			return fmt.Errorf("node %s: stands for %s in one place and for %s in another", n.Label(), known.Label(), m.Label())
		}
		return nil
	}
	c.Nodes[n] = m
	if n.OpName() != m.OpName() || n.Version != m.Version || len(n.Outputs()) != len(m.Outputs()) || len(n.Inputs()) != len(m.Inputs()) {
		return fmt.Errorf("node %s: is %s of opset %d with %d inputs in one, and %s of opset %d with %d in the other",
			n.Label(), n.OpName(), n.Version, len(n.Inputs()), m.Label(), m.Version, len(m.Inputs()))
	}
	if err := c.pairAttrs(n, m); err != nil {
		return fmt.Errorf("node %s: %w", n.Label(), err)
	}
	for i, v := range n.Inputs() {
		w := m.In(i)
		if (v == nil) != (w == nil) {
			return fmt.Errorf("node %s: input %d is present in only one of them", n.Label(), i)
		}
		if v == nil {
			continue
		}
		if err := c.pair(v, w); err != nil {
			return err
		}
	}
	return nil
}

func (c *Pairs) pairAttrs(n, m *graph.Node) error {
	if len(n.Attrs) != len(m.Attrs) {
		return fmt.Errorf("has %d attributes, but %d in the other", len(n.Attrs), len(m.Attrs))
	}
	for _, a := range n.Attrs {
		b := m.Attr(a.Name)
		if b == nil || !sameAttr(a, b) {
			return fmt.Errorf("attribute %s: differs in the other", a.Name)
		}
		subs, others := append([]*graph.Graph{a.Graph}, a.Graphs...), append([]*graph.Graph{b.Graph}, b.Graphs...)
		for i, g := range subs {
			if g == nil {
				continue
			}
			if err := c.pairGraphs(g, others[i]); err != nil {
				return fmt.Errorf("attribute %s: %w", a.Name, err)
			}
		}
	}
	return nil
}

// pairGraphs pairs two subgraphs: branches or loop bodies.
func (c *Pairs) pairGraphs(g, h *graph.Graph) error {
	if len(g.Inputs) != len(h.Inputs) || len(g.Outputs) != len(h.Outputs) {
		return fmt.Errorf("want %d inputs and %d outputs, have %d and %d", len(g.Inputs), len(g.Outputs), len(h.Inputs), len(h.Outputs))
	}
	c.inner[g] = h
	for i, v := range g.Inputs {
		c.Values[v] = h.Inputs[i]
	}
	for i, v := range g.Outputs {
		if err := c.pair(v, h.Outputs[i]); err != nil {
			return err
		}
	}
	return nil
}

// sameAttr reports whether two attributes are equal, apart from the contents of their graphs.
func sameAttr(a, b *graph.Attr) bool {
	return a.Kind == b.Kind && a.Float == b.Float && a.Int == b.Int && a.String == b.String && a.Ref == b.Ref &&
		slices.Equal(a.Floats, b.Floats) && slices.Equal(a.Ints, b.Ints) && slices.Equal(a.Strings, b.Strings) &&
		sameTensor(a.Tensor, b.Tensor) && slices.EqualFunc(a.Tensors, b.Tensors, sameTensor) &&
		(a.Graph == nil) == (b.Graph == nil) && len(a.Graphs) == len(b.Graphs)
}

func sameTensor(a, b *graph.Tensor) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()) {
		return false
	}
	if a.DType() == graph.String {
		return slices.Equal(graph.Data[string](a), graph.Data[string](b))
	}
	return bytes.Equal(a.Raw(), b.Raw())
}

// Contents maps each constant of the first model to its contents in the second.
func (c *Pairs) Contents() map[*graph.Value]*graph.Tensor {
	out := map[*graph.Value]*graph.Tensor{}
	for v, w := range maps.All(c.Values) {
		if v.Const != nil {
			out[v] = w.Const
		}
	}
	return out
}

// SameInterface returns an error that names the first input or output of a that b lacks or declares
// differently.
func SameInterface(a, b *graph.Model) error {
	for _, side := range []struct {
		kind string
		a, b []*graph.Value
	}{{"input", a.Graph.Inputs, b.Graph.Inputs}, {"output", a.Graph.Outputs, b.Graph.Outputs}} {
		have := map[string]graph.Type{}
		for _, v := range side.b {
			have[v.Name] = v.Type
		}
		for _, v := range side.a {
			t, ok := have[v.Name]
			switch {
			case v.Const != nil:
			case !ok:
				return fmt.Errorf("%s %q of the original is missing", side.kind, v.Name)
			case t.DType != v.Type.DType || len(t.Shape) != len(v.Type.Shape):
				return fmt.Errorf("%s %q: want %v as in the original, have %v", side.kind, v.Name, v.Type, t)
			}
		}
	}
	return nil
}
