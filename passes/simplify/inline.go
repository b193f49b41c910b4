package simplify

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// maxUnrolled bounds the number of nodes, over all iterations, that a Loop may become.
const maxUnrolled = 256

// inlineControl moves the taken branch of an If with a constant condition, and the iterations of a Loop with a small
// constant number of them, into the enclosing graph. What is in a subgraph cannot be cut, and pins what it reads.
var inlineControl = passes.Pass{
	Name: "inline", Doc: "replaces If and Loop with a known course by the nodes that they run", Needs: []passes.Fact{typed}, Breaks: []passes.Fact{folded},
	Run: func(_ context.Context, m *graph.Model) (bool, error) {
		return forEach(m, func(g *graph.Graph) (bool, error) {
			changed := false
			held := branchOutputs(g)
			for _, n := range append([]*graph.Node{}, g.Nodes...) {
				if n.Domain != "" || op.Lookup(n) == nil || heldOutput(n, held) {
					continue
				}
				done, err := inline(g, n)
				if err != nil {
					return changed, fmt.Errorf("node %s: %w", n.Label(), err)
				}
				changed = changed || done
			}
			return changed, nil
		})
	},
}

// heldOutput reports whether a subgraph returns an output of n as its own.
func heldOutput(n *graph.Node, held map[*graph.Value]bool) bool {
	for _, v := range n.Outputs() {
		if held[v] {
			return true
		}
	}
	return false
}

func inline(g *graph.Graph, n *graph.Node) (bool, error) {
	if n.Op != "If" && n.Op != "Loop" || op.Infer(n) != nil {
		return false, nil // a node that cannot run may be in a branch that is never taken
	}
	switch n.Op {
	case "If":
		if n.In(0) == nil || !n.In(0).IsConstant() {
			return false, nil
		}
		cond, ok := graph.Ints(n.In(0).Const)
		if !ok || len(cond) != 1 {
			return false, nil
		}
		name := "then_branch"
		if cond[0] == 0 {
			name = "else_branch"
		}
		return true, replace(g, n, func(subs map[string]*graph.Graph) ([]*graph.Value, error) {
			return g.Splice(subs[name], nil, n), nil
		})
	case "Loop":
		trips, ok := staticTrips(n)
		if !ok {
			return false, nil
		}
		return true, replace(g, n, func(subs map[string]*graph.Graph) ([]*graph.Value, error) {
			return unroll(g, n, subs["body"], trips)
		})
	}
	return false, nil
}

// staticTrips returns how often the Loop runs; ok is false if that is not certain, or too often.
func staticTrips(n *graph.Node) (trips int, ok bool) {
	if n.In(0) != nil && !n.In(0).IsConstant() || n.In(1) != nil && !n.In(1).IsConstant() {
		return 0, false
	}
	d, ok := op.LoopTrips(n)
	trips, known := d.Value()
	if !ok || !known {
		return 0, false
	}
	body := n.Attr("body").Graph
	carried := len(n.Inputs()) - 2
	if trips == 0 && len(n.Outputs()) > carried {
		return 0, false // nothing computes the type of a scan output of no iterations
	}
	nodes := 0
	for _, g := range inside(body) {
		nodes += len(g.Nodes)
	}
	return trips, trips <= maxUnrolled/max(1, nodes) // their product may overflow an int
}

// replace replaces n's outputs by what make builds before n. make gets n's subgraphs, whose names are free.
func replace(g *graph.Graph, n *graph.Node, make func(map[string]*graph.Graph) ([]*graph.Value, error)) error {
	subs := n.DetachSubgraphs()
	values, err := make(subs)
	if err != nil {
		return err
	}
	for _, sub := range subs {
		sub.DropSubgraph()
	}
	for i, old := range n.Outputs() {
		if old == nil {
			continue
		}
		v := values[i]
		if old.IsOutput() {
			if g.ReplaceOutput(old, v) != nil { // its name belongs to another output, or no node computes it
				if v, err = before(g, n, "Identity", []*graph.Value{v}, old.Name); err != nil {
					return err
				}
				if err := g.ReplaceOutput(old, v); err != nil {
					return err
				}
			}
		}
		g.ReplaceUses(old, v)
	}
	return g.Remove(n)
}

// before adds a node of ONNX's own domain with one output before ref and infers its type as far as possible. An error is
// left for the next inference to find: in a branch that is never taken it is none.
func before(g *graph.Graph, ref *graph.Node, name string, in []*graph.Value, hint string, attrs ...*graph.Attr) (*graph.Value, error) {
	v := g.Fresh(hint)
	n, err := g.NewNode(name, "", ref.Version, in, []*graph.Value{v}, attrs...)
	if err != nil {
		return nil, err
	}
	g.MoveBefore(n, ref)
	if op.Infer(n) != nil {
		v.Type = graph.Type{}
	}
	return v, nil
}

// unroll appends the iterations of a Loop one after the other.
func unroll(g *graph.Graph, n *graph.Node, body *graph.Graph, trips int) ([]*graph.Value, error) {
	state := append([]*graph.Value{}, n.Inputs()[min(2, len(n.Inputs())):]...)
	carried := len(state)
	scans := make([][]*graph.Value, len(body.Outputs)-1-carried)
	for i := range trips {
		number, condition := op.LoopCounters(body, i)
		args := []*graph.Value{g.AddConst(body.Inputs[0].Name, number), g.AddConst(body.Inputs[1].Name, condition)}
		out := g.Splice(body, append(args, state...), n)
		copy(state, out[1:])
		for k := range scans {
			slice, err := unsqueezed(g, n, out[1+carried+k], 0)
			if err != nil {
				return nil, err
			}
			scans[k] = append(scans[k], slice)
		}
	}
	for k, parts := range scans {
		if trips == 0 {
			break // nothing reads them, see staticTrips
		}
		v, err := before(g, n, "Concat", parts, body.Outputs[1+carried+k].Name, graph.IntAttr("axis", 0))
		if err != nil {
			return nil, err
		}
		state = append(state, v)
	}
	return state, nil
}

// unsqueezed returns v with one more axis of extent 1.
func unsqueezed(g *graph.Graph, ref *graph.Node, v *graph.Value, axis int) (*graph.Value, error) {
	if ref.Version < 13 {
		return before(g, ref, "Unsqueeze", []*graph.Value{v}, v.Name, graph.IntsAttr("axes", axis))
	}
	axes := g.AddConst(v.Name+"_axes", graph.TensorOf([]int64{int64(axis)}, 1))
	return before(g, ref, "Unsqueeze", []*graph.Value{v, axes}, v.Name)
}
