package runtime

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// dynamic is the error that says why the extents of a model's values are not known before it runs.
type dynamic struct {
	node   *graph.Node
	reason string
}

func (d *dynamic) Error() string { return fmt.Sprintf("node %s: %s", d.node.Label(), d.reason) }

// concrete copies m with the types that all values have if the inputs have the given types, by
// name. An input without a type keeps its default.
//
// Values that follow from shapes and constants alone are computed: they have a Const, although a
// node still produces them. Their memory comes out of the allowance; those that exceed it are
// computed by their nodes in each run. The error is a *dynamic if extents depend on the contents of
// the inputs.
func concrete(m *graph.Model, inputs map[string]graph.Type, allowed *op.Allowance) (*graph.Model, error) {
	c, _ := m.Clone()
	made := op.NewConstants(c.Graph)
	rest := *allowed // each set of extents has its own constants
	for _, v := range c.Graph.Inputs {
		if t, ok := inputs[v.Name]; ok {
			v.Type, v.Const = t, nil
		}
	}
	for _, n := range c.Graph.Nodes {
		if known(n) {
			continue
		}
		for _, v := range n.Outputs() {
			if v != nil {
				v.Type = graph.Type{} // the declared type need not hold for these inputs
			}
		}
		if err := op.Infer(n); err != nil {
			return nil, err
		}
		if err := made.Hold(n); err != nil {
			return nil, err
		}
		if err := know(n, &rest); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// know computes n's outputs if its inputs are known, and otherwise requires that their extents are.
func know(n *graph.Node, allowed *op.Allowance) error {
	d := op.Lookup(n)
	if d == nil {
		return &dynamic{n, op.Why(n)}
	}
	if d.Control != nil {
		return &dynamic{n, "runs subgraphs"}
	}
	in := make([]*graph.Tensor, len(n.Inputs()))
	all := true
	for i, v := range n.Inputs() {
		if v != nil {
			in[i] = v.Const
			all = all && v.Const != nil
		}
	}
	if all && allowed.Takes(n) {
		out, err := d.Eval(n, in)
		if err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
		for i, v := range n.Outputs() {
			if v != nil && i < len(out) && out[i] != nil {
				v.Const = out[i]
				v.Type = graph.TypeOf(out[i])
			}
		}
	}
	for _, v := range n.Outputs() {
		if v == nil || v.Const != nil {
			continue
		}
		if v.Const = elements(v.Type); v.Const != nil {
			continue
		}
		if err := v.Type.Hold(fmt.Sprintf("output %q", v.Name)); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
		dims, known := v.Type.Shape.Ints()
		if known && !kernel.Float32(dims...).Addressable() {
			return &dynamic{n, fmt.Sprintf("output %q has more elements than can be planned", v.Name)}
		}
		if !known || v.Type.DType == graph.Undefined || v.Type.DType == graph.Sequence {
			return &dynamic{n, fmt.Sprintf("output %q has no extents before it is computed", v.Name)}
		}
	}
	return nil
}

// elements returns a constant of a type whose elements inference knows, or nil if it does not know
// them.
func elements(t graph.Type) *graph.Tensor {
	dims, known := t.Shape.Ints()
	if !known || !t.ElemsKnown() {
		return nil
	}
	if len(t.Elems) != volume(dims) {
		return nil
	}
	v := make([]int64, len(t.Elems))
	for i, d := range t.Elems {
		k, _ := d.Value()
		v[i] = int64(k)
	}
	switch t.DType {
	case graph.Int64:
		return graph.TensorOf(v, dims...)
	case graph.Int32:
		return graph.TensorOf(narrow(v), dims...)
	case graph.Bool:
		yes := make([]bool, len(v))
		for i, k := range v {
			yes[i] = k != 0
		}
		return graph.TensorOf(yes, dims...)
	}
	return nil
}

func narrow(v []int64) []int32 {
	out := make([]int32, len(v))
	for i, k := range v {
		out[i] = int32(k)
	}
	return out
}

// volume returns the product of the extents.
func volume(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
