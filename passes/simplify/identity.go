package simplify

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// bypassIdentity removes nodes whose output is their input.
var bypassIdentity = passes.Pass{
	Name: "identity", Doc: "removes nodes that change nothing",
	// Not before fold, which gives the readers of an aliased weight copies of their own.
	Needs: []passes.Fact{typed, folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		return forEach(m, bypass)
	},
}

// bypass removes the nodes of one graph that change nothing.
func bypass(g *graph.Graph) (bool, error) {
	dead := map[*graph.Node]bool{}
	held := branchOutputs(g)
	for _, n := range g.Nodes {
		if !unchanged(n) || held[n.Out(0)] {
			continue
		}
		from, to := n.Out(0), n.In(0)
		if from.IsOutput() {
			// The output keeps its name, which the input takes over if it can.
			if to.IsConstant() || to.Graph() != g || g.ReplaceOutput(from, to) != nil {
				continue
			}
		}
		g.ReplaceUses(from, to)
		dead[n] = true
	}
	if err := g.RemoveNodes(dead); err != nil {
		return false, fmt.Errorf("identity: %w", err)
	}
	return len(dead) > 0, nil
}

// unchanged reports whether output 0 of n is always equal to input 0, and no other output is read.
func unchanged(n *graph.Node) bool {
	if n.Domain != "" || op.Lookup(n) == nil || n.Out(0) == nil || n.In(0) == nil {
		return false
	}
	for _, v := range n.Outputs()[1:] {
		if v != nil && !v.Unused() {
			return false
		}
	}
	in, out := n.In(0).Type, n.Out(0).Type
	sameShape := in.Shape.Equal(out.Shape)
	switch n.Op {
	case "Identity":
		return true
	case "Dropout":
		return n.Version < 12 || n.In(2) == nil || isFalse(n.In(2)) || isZero(n.In(1))
	case "Cast":
		return in.DType != graph.Undefined && n.Int("to", 0) == int(in.DType)
	case "Concat", "Sum", "Max", "Min", "Mean":
		return len(n.Inputs()) == 1
	case "Reshape", "Flatten", "Expand", "Squeeze", "Unsqueeze", "Tile":
		return sameShape && n.Int("allowzero", 0) == 0
	case "Transpose":
		perm := n.Ints("perm")
		for i, p := range perm {
			if p != i {
				return false
			}
		}
		return len(perm) > 0
	case "Pad":
		return sameShape && n.Str("mode", "constant") == "constant" && allZero(n)
	}
	return false
}

// allZero reports whether a Pad is known to pad nothing.
func allZero(n *graph.Node) bool {
	pads := n.Ints("pads")
	if n.Version >= 11 {
		var known bool
		if pads, known = intsAt(n, 1); !known {
			return false
		}
	}
	for _, p := range pads {
		if p != 0 {
			return false
		}
	}
	return true
}

// isZero reports whether v is the constant 0.
func isZero(v *graph.Value) bool {
	return v != nil && v.IsConstant() && v.Const.Len() == 1 && onlyZeroes(v.Const)
}

// isFalse reports whether v is the constant false.
func isFalse(v *graph.Value) bool {
	return v.IsConstant() && v.Const.DType() == graph.Bool && v.Const.Len() == 1 && !graph.Data[bool](v.Const)[0]
}
