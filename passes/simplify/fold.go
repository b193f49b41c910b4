package simplify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// maxGrowth is how many bytes larger a folded constant may be than its inputs: folding an Expand or a ConstantOfShape
// must not blow up the file. op.Allowance bounds the sum over all of them.
const maxGrowth = 1 << 20

// foldConstants returns a pass that replaces what is computed from constants alone, and integer values whose elements
// inference knows, by constants. What would become much larger than its inputs stays, see Unfolded. The pass is for one
// model, on which it may be run repeatedly, because it counts what it has made so far.
func foldConstants() passes.Pass {
	var model *graph.Model
	var allowed *op.Allowance
	return passes.Pass{
		Name: "fold", Doc: "computes what depends on constants alone",
		Needs: []passes.Fact{typed}, Gives: []passes.Fact{folded},
		Run: func(ctx context.Context, m *graph.Model) (bool, error) {
			if m != model {
				model, allowed = m, op.NewAllowance(m.Graph)
			}
			return forEach(m, func(g *graph.Graph) (bool, error) { return fold(ctx, g, allowed) })
		},
	}
}

// fold folds the nodes of one graph.
func fold(ctx context.Context, g *graph.Graph, allowed *op.Allowance) (bool, error) {
	dead := map[*graph.Node]bool{}
	held := branchOutputs(g)
	for _, n := range g.Nodes {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		results, err := constants(n, allowed)
		if err != nil {
			if g.Outer != nil {
				continue // a node that cannot run may be in a branch that is never taken
			}
			return false, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		if results == nil {
			continue
		}
		replaced := false
		for i, v := range n.Outputs() {
			if v != nil && results[i] != nil && len(v.Uses()) > 0 {
				g.ReplaceUses(v, g.AddConst(v.Name, results[i]))
				replaced = true
			}
		}
		if replaced && removable(n, held) {
			dead[n] = true
		}
	}
	return len(dead) > 0, removeFolded(g, dead)
}

// removeFolded removes the nodes and gives the constants their names.
func removeFolded(g *graph.Graph, dead map[*graph.Node]bool) error {
	var names []string
	for _, n := range g.Nodes {
		if dead[n] {
			for _, v := range n.Outputs() {
				if v != nil {
					names = append(names, v.Name)
				}
			}
		}
	}
	if err := g.RemoveNodes(dead); err != nil {
		return err
	}
	for _, name := range names {
		if c := g.Value(name + "_1"); c != nil && c.IsConstant() && !c.IsOutput() && g.Lookup(name) == nil {
			if err := g.Rename(c, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// removable reports whether nothing reads n's outputs.
func removable(n *graph.Node, held map[*graph.Value]bool) bool {
	for _, v := range n.Outputs() {
		if v != nil && (!v.Unused() || held[v]) {
			return false
		}
	}
	return true
}

// constants returns the contents of n's outputs, nil where one is not known. It returns nil if nothing is known or n
// should not be folded, such as a DequantizeLinear, whose weights would be written four times as large.
func constants(n *graph.Node, allowed *op.Allowance) ([]*graph.Tensor, error) {
	if len(n.Subgraphs()) > 0 || n.Op == "DequantizeLinear" && n.Domain == "" {
		return nil, nil
	}
	if known := knownElems(n); known != nil {
		return known, nil
	}
	d := op.Lookup(n)
	if d == nil || d.Eval == nil || d.Described || d.Check(n) != nil {
		return nil, nil
	}
	in, size, all := operands(n)
	if !all {
		return nil, nil
	}
	for _, v := range n.Outputs() {
		if v != nil && n.Op != "Constant" && !small(v.Type, memory.Sum(size, maxGrowth)) {
			return nil, nil
		}
	}
	if !allowed.Takes(n) {
		return nil, nil
	}
	out, err := d.Eval(n, in)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(out, func(t *graph.Tensor) bool { return t != nil && !t.DType().Valid() }) {
		return nil, nil // an initializer cannot be a sequence or nothing
	}
	for len(out) < len(n.Outputs()) {
		out = append(out, nil)
	}
	return out, nil
}

// operands returns the contents of n's inputs and their size in bytes; all is false unless all of them are constant.
func operands(n *graph.Node) (in []*graph.Tensor, size int64, all bool) {
	in = make([]*graph.Tensor, len(n.Inputs()))
	for i, v := range n.Inputs() {
		if v == nil {
			continue
		}
		if !v.IsConstant() {
			return nil, 0, false
		}
		in[i] = v.Const
		size = memory.Sum(size, v.Const.Bytes())
	}
	return in, size, true
}

// small reports whether a value of that type is known to take at most limit bytes.
func small(t graph.Type, limit int64) bool {
	if t.DType == graph.Sequence {
		return false // an initializer cannot be one
	}
	bytes, known := t.Bytes()
	if !known {
		bytes, known = t.Shape.Count() // the type is not known
	}
	return known && bytes <= limit
}

// knownElems returns constants for n's integer and bool outputs whose elements are known, or nil unless all are.
func knownElems(n *graph.Node) []*graph.Tensor {
	out := make([]*graph.Tensor, len(n.Outputs()))
	for i, v := range n.Outputs() {
		if v == nil {
			continue
		}
		if out[i] = elemsTensor(v.Type); out[i] == nil {
			return nil
		}
	}
	return out
}

// elemsTensor is the tensor of a type whose elements are all known, or nil.
func elemsTensor(t graph.Type) *graph.Tensor {
	shape, known := t.Shape.Ints()
	if !t.ElemsKnown() || !known {
		return nil
	}
	ints := make([]int64, len(t.Elems))
	for i, d := range t.Elems {
		n, _ := d.Value()
		ints[i] = int64(n)
	}
	if n, ok := t.Shape.Elems().Value(); !ok || n != len(ints) {
		return nil
	}
	switch t.DType {
	case graph.Int64:
		return graph.TensorOf(ints, shape...)
	case graph.Int32:
		narrow := make([]int32, len(ints))
		for i, x := range ints {
			narrow[i] = int32(x)
		}
		return graph.TensorOf(narrow, shape...)
	case graph.Bool:
		bools := make([]bool, len(ints))
		for i, x := range ints {
			bools[i] = x != 0
		}
		return graph.TensorOf(bools, shape...)
	}
	return nil
}
