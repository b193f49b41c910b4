package runtime

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// widening rewrites the graph of a program so that nodes with kernels compute half-precision numbers in
// float32. Each result is rounded to the type that it has in the model, as if it were stored, so the
// numbers are those of a runtime that computes every node in float32 and stores halves. Nodes that only
// move numbers or choose among them need no rounding. Other nodes read and write halves as before.
type widening struct {
	graph  *graph.Graph
	halves map[*graph.Value]graph.DType  // the types that values have in the model, where these are halves
	wide   map[*graph.Value]*graph.Value // the same numbers in float32
	narrow map[*graph.Value]*graph.Value // the same numbers as halves
	nodes  []*graph.Node                 // in their new order
	widen  func(*graph.Value) *graph.Tensor
}

// widen computes halves in float32 wherever there are kernels, in g, the graph of a program. Fed are the
// inputs that hold halves and are fed in float32. The result maps values of g to those that now hold
// their numbers, if these are others.
func (s *Session) widen(g *graph.Graph, fed []string) (moved map[*graph.Value]*graph.Value, err error) {
	w := &widening{graph: g, halves: map[*graph.Value]graph.DType{}, wide: map[*graph.Value]*graph.Value{},
		narrow: map[*graph.Value]*graph.Value{}, widen: s.widened}
	for _, v := range g.Values() {
		if v.Type.DType.IsHalf() {
			w.halves[v], w.narrow[v] = v.Type.DType, v
		} else if v.Const != nil && v.Const.DType().IsHalf() {
			w.halves[v], w.narrow[v] = v.Const.DType(), v
		}
	}
	if len(w.halves) == 0 {
		return nil, nil
	}
	for _, name := range fed {
		v := g.Value(name)
		v.Type.DType = graph.Float32
		w.wide[v] = v
		delete(w.narrow, v)
	}
	for _, n := range slices.Clone(g.Nodes) {
		if err := w.node(n); err != nil {
			return nil, err
		}
	}
	for i, v := range g.Outputs {
		if s.options.floats && s.model.Graph.Outputs[i].Type.DType.IsHalf() {
			g.Outputs[i], err = w.asFloat(v)
		} else {
			g.Outputs[i], err = w.asHalf(v)
		}
		if err != nil {
			return nil, err
		}
	}
	g.Nodes = w.nodes
	for v, u := range w.wide {
		if u == v || v.Const != nil || w.narrow[v] == v {
			delete(w.wide, v)
		}
	}
	return w.wide, nil
}

// widened returns the contents of a constant of a program's graph in float32. Those of the model are
// converted once.
func (s *Session) widened(v *graph.Value) *graph.Tensor {
	own := s.base.Graph.Value(v.Name)
	if own == nil || own.Const != v.Const {
		return graph.Widened(v.Const)
	}
	if s.floats == nil {
		s.floats = map[*graph.Tensor]*graph.Tensor{}
	}
	t := s.floats[v.Const]
	if t == nil {
		t = graph.Widened(v.Const)
		s.floats[v.Const] = t
		v.Const.Forget()
	}
	return t
}

// inFloats reports whether v, an input that is fed with elements of type d, holds halves all the same.
func (s *Session) inFloats(v *graph.Value, d graph.DType) bool {
	return s.options.floats && d == graph.Float32 && v.Type.DType.IsHalf()
}

// node rewrites what n reads and computes.
func (w *widening) node(n *graph.Node) error {
	half := func(v *graph.Value) bool { return v != nil && w.halves[v] != graph.Undefined }
	if known(n) || !slices.ContainsFunc(n.Inputs(), half) && !slices.ContainsFunc(n.Outputs(), half) {
		w.nodes = append(w.nodes, n)
		return nil
	}
	if computesWide(n) {
		done, err := w.compute(n)
		if done || err != nil {
			return err
		}
	}
	for i, v := range n.Inputs() {
		u, err := w.asHalf(v)
		if err != nil {
			return err
		}
		n.SetInput(i, u)
	}
	w.nodes = append(w.nodes, n)
	return nil
}

// compute makes n compute in float32. It leaves n as it was and returns done == false if n would then
// compute something of another type or shape.
func (w *widening) compute(n *graph.Node) (done bool, err error) {
	inputs, types := slices.Clone(n.Inputs()), make([]graph.Type, len(n.Outputs()))
	to := n.Attr("to")
	for i, v := range inputs {
		u, err := w.asFloat(v)
		if err != nil {
			return false, err
		}
		n.SetInput(i, u)
	}
	for i, v := range n.Outputs() {
		if v != nil {
			types[i] = v.Type
			v.Type = graph.Type{}
		}
	}
	before := int64(0)
	if n.Op == "Cast" {
		if before = to.Int; graph.DType(before).IsHalf() {
			to.Int = int64(graph.Float32)
		}
	}
	fits := op.Infer(n) == nil
	for i, v := range n.Outputs() {
		if v == nil {
			continue
		}
		want := types[i].DType
		if want.IsHalf() {
			want = graph.Float32
		}
		fits = fits && v.Type.DType == want
		v.Type = types[i]
	}
	if !fits {
		for i, v := range inputs {
			n.SetInput(i, v)
		}
		if before != 0 {
			to.Int = before
		}
		return false, nil
	}
	w.nodes = append(w.nodes, n)
	for _, v := range n.Outputs() {
		d := w.halves[v]
		if v == nil || d == graph.Undefined {
			continue
		}
		v.Type.DType = graph.Float32
		delete(w.narrow, v)
		w.wide[v] = v
		if chooses(n, inputs, d, w.halves) {
			continue
		}
		if w.wide[v], err = w.insert(kernel.Rounder(d), kernel.Own, v, v.Type); err != nil {
			return false, err
		}
	}
	return true, nil
}

// asFloat returns the value that holds v's numbers in float32, or v if it does not hold halves.
func (w *widening) asFloat(v *graph.Value) (u *graph.Value, err error) {
	if v == nil || w.halves[v] == graph.Undefined {
		return v, nil
	}
	if u := w.wide[v]; u != nil {
		return u, nil
	}
	if v.Const != nil {
		u = w.graph.AddConst(v.Name, w.widen(v))
		u.Type = graph.TypeOf(u.Const)
	} else {
		t := v.Type
		t.DType = graph.Float32
		u, err = w.insert("Cast", "", v, t)
	}
	w.wide[v] = u
	return u, err
}

// asHalf returns the value that holds v's numbers in the type that they have in the model.
func (w *widening) asHalf(v *graph.Value) (u *graph.Value, err error) {
	d := w.halves[v]
	if v == nil || d == graph.Undefined {
		return v, nil
	}
	if u := w.narrow[v]; u != nil {
		return u, nil
	}
	t := v.Type
	t.DType = d
	u, err = w.insert("Cast", "", w.wide[v], t)
	w.narrow[v] = u
	return u, err
}

// insert adds a node that computes a value of type t from v.
func (w *widening) insert(name, domain string, v *graph.Value, t graph.Type) (*graph.Value, error) {
	u := w.graph.Fresh(v.Name)
	u.Type = t
	u.Type.Elems = nil
	var attrs []*graph.Attr
	version := 1
	if domain == "" {
		version = 13
		attrs = []*graph.Attr{{Name: "to", Kind: graph.AttrInt, Int: int64(t.DType)}}
	}
	n, err := w.graph.NewNode(name, domain, version, []*graph.Value{v}, []*graph.Value{u}, attrs...)
	if err != nil {
		return nil, err
	}
	n.Name = v.Name
	w.nodes = append(w.nodes, n)
	return u, nil
}

// computesWide reports whether n, which reads or computes halves, may be computed in float32: it has
// kernels, or it is lowered to a view.
func computesWide(n *graph.Node) bool {
	if n.Domain == "" {
		switch n.Op {
		case "QuantizeLinear", "DequantizeLinear": // the type of the scales says how they round
			return false
		case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout":
			return true
		}
	}
	return kernel.Binds(n)
}

// chooses reports whether the halves of type d that n computes are among those that it reads, so
// that there is nothing to round.
func chooses(n *graph.Node, inputs []*graph.Value, d graph.DType, halves map[*graph.Value]graph.DType) bool {
	if n.Domain != "" {
		return false
	}
	if slices.ContainsFunc(inputs, func(v *graph.Value) bool { return v != nil && halves[v] != d && v.Type.DType.IsFloat() }) {
		return false
	}
	switch n.Op {
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Cast", "Transpose", "Concat", "Slice", "Split", "Gather", "Expand", "Tile",
		"DepthToSpace", "SpaceToDepth", "Pad", "Where", "MaxPool", "Max", "Min", "Relu", "Abs", "Neg":
		return true
	case "Clip":
		return n.Version >= 11
	case "Dropout":
		return !drops(n)
	}
	return false
}
