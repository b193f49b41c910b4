package checkpoint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Pairs pairs what two checkpoints of one network have: nodes that stand at the same place of the graph, and values.
// Exporters number nodes and weights anew in every file, so that structure decides; only inputs and outputs go by name.
type Pairs struct {
	Nodes  map[*graph.Node]*graph.Node
	Values map[*graph.Value]*graph.Value
	inner  map[*graph.Graph]*graph.Graph
}

// Pair pairs a with b, from the outputs up; the error names the first node or value at which they are not the same.
// The contents of floating-point constants may differ and nothing else.
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

// pair pairs two values and all that they are computed from.
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
		return fmt.Errorf("value %q: a constant in one, and %q computed in the other", v.Name, w.Name)
	case v.Const != nil:
		return c.pairConst(v, w)
	case (n == nil) != (m == nil):
		return fmt.Errorf("value %q: an input in one, and %q computed in the other", v.Name, w.Name)
	case n == nil && c.inner[v.Graph()] != w.Graph(), n == nil && v.Graph().Outer == nil && v.Name != w.Name:
		return fmt.Errorf("input %q: is %q in the other", v.Name, w.Name)
	case n != nil && i != j:
		return fmt.Errorf("value %q: output %d of its node, and %q is output %d", v.Name, i, w.Name, j)
	}
	c.Values[v] = w
	if n == nil {
		return nil
	}
	return c.pairNodes(n, m)
}

// pairConst pairs constants: integers say how the network is built and must be the same.
func (c *Pairs) pairConst(v, w *graph.Value) error {
	a, b := v.Const, w.Const
	switch {
	case a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()):
		return fmt.Errorf("constant %q: is %v, and %q is %v", v.Name, graph.TypeOf(a), w.Name, graph.TypeOf(b))
	case !a.DType().IsFloat() && !sameTensor(a, b):
		return fmt.Errorf("constant %q: holds other %v than %q", v.Name, a.DType(), w.Name)
	case c.Values[v] != nil && !sameTensor(c.Values[v].Const, b):
		return fmt.Errorf("constant %q: is shared, and is %q and %q in the other", v.Name, c.Values[v].Name, w.Name)
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
			return fmt.Errorf("node %s: input %d is there in one only", n.Label(), i)
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
		return fmt.Errorf("%d attributes, and %d in the other", len(n.Attrs), len(m.Attrs))
	}
	for _, a := range n.Attrs {
		b := m.Attr(a.Name)
		if b == nil || !sameAttr(a, b) {
			return fmt.Errorf("attribute %s: another in the other", a.Name)
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

// pairGraphs pairs the graphs of two branches or loops.
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

// sameAttr compares all of two attributes but the graphs in them, of which there must be as many.
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

// Contents is what the constants of the first model hold in the second.
func (c *Pairs) Contents() map[*graph.Value]*graph.Tensor {
	out := map[*graph.Value]*graph.Tensor{}
	for v, w := range maps.All(c.Values) {
		if v.Const != nil {
			out[v] = w.Const
		}
	}
	return out
}

// SameInterface reports the first input or output that b does not share with a.
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
