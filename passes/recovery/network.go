package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// network is a model that runs a few nodes at a time, over all batches. It keeps the outputs of the
// model, what the last node reads and computes, and the values that later nodes still read.
type network struct {
	model   *graph.Model
	stepper passes.Stepper
	batches int
	live    []map[*graph.Value]*graph.Tensor // contents by batch
	next    int                              // the number of the next node to run
	// constant holds the nodes that compute the same in every batch. Each runs again with the nodes
	// that read it, because a repair may have changed its weights.
	constant map[*graph.Node]bool
}

func newNetwork(m *graph.Model, s passes.Stepper, feeds []map[string]*graph.Tensor) (*network, error) {
	n := &network{model: m, stepper: s, batches: len(feeds), constant: map[*graph.Node]bool{}}
	for _, f := range feeds {
		live := map[*graph.Value]*graph.Tensor{}
		for _, v := range m.Graph.Inputs {
			t := f[v.Name]
			if t == nil {
				t = v.Const
			}
			if t == nil {
				return nil, fmt.Errorf("no calibration data for input %q", v.Name)
			}
			live[v] = t
		}
		n.live = append(n.live, live)
	}
	for _, node := range m.Graph.Nodes {
		n.constant[node] = !slices.ContainsFunc(node.Reads(), func(v *graph.Value) bool { return v != nil && !n.fixed(v) })
	}
	return n, nil
}

// fixed reports whether v is the same in every batch.
func (n *network) fixed(v *graph.Value) bool {
	if def, _ := v.Def(); def != nil {
		return n.constant[def]
	}
	return v.IsConstant()
}

// at returns the contents of v in a batch, or nil if v is not computed yet or no longer needed.
func (n *network) at(v *graph.Value, batch int) *graph.Tensor {
	if v == nil {
		return nil
	}
	if t := linear.Dequantized(v); t != nil {
		return t // a repair may have written it after the DequantizeLinear ran
	}
	if t := n.live[batch][v]; t != nil {
		return t
	}
	return v.Const
}

// has reports whether the contents of v are available.
func (n *network) has(v *graph.Value) bool {
	return v != nil && len(n.live) > 0 && (n.live[0][v] != nil || linear.Dequantized(v) != nil)
}

// advance runs the nodes before number end that have not run yet. It releases values that only
// earlier nodes read.
func (n *network) advance(ctx context.Context, end int) error {
	if end <= n.next {
		return nil
	}
	all := n.model.Graph.Nodes
	nodes := slices.DeleteFunc(slices.Clone(all[n.next:end]), func(d *graph.Node) bool { return n.constant[d] && !n.shown(d) })
	needed := n.needed(end)
	var wanted []*graph.Value
	for _, d := range nodes {
		for _, v := range d.Outputs() {
			if v != nil && needed[v] {
				wanted = append(wanted, v)
			}
		}
	}
	n.next = end
	var err error
	if len(nodes) > 0 {
		err = n.stepper.Step(ctx, n.model, n.withConstants(nodes), wanted, n.live)
	}
	for _, live := range n.live {
		for v := range live {
			if !needed[v] {
				delete(live, v)
			}
		}
	}
	return err
}

// shown reports whether an output of the constant node d is an output of the model.
func (n *network) shown(d *graph.Node) bool {
	return slices.ContainsFunc(d.Outputs(), func(v *graph.Value) bool { return v != nil && v.IsOutput() })
}

// needed returns the values to keep once the nodes before number end have run.
func (n *network) needed(end int) map[*graph.Value]bool {
	needed := map[*graph.Value]bool{}
	all := n.model.Graph.Nodes
	for _, d := range all[max(0, end-1):] {
		for _, v := range d.Reads() {
			if v != nil && !n.fixed(v) {
				needed[v] = true
			}
		}
	}
	for _, v := range slices.Concat(all[max(0, end-1)].Outputs(), n.model.Graph.Outputs) {
		needed[v] = true
	}
	return needed
}

// withConstants returns the nodes and the constant ones that they need, in graph order.
func (n *network) withConstants(nodes []*graph.Node) []*graph.Node {
	wanted := map[*graph.Node]bool{}
	var want func(d *graph.Node)
	want = func(d *graph.Node) {
		if d == nil || wanted[d] {
			return
		}
		wanted[d] = true
		for _, v := range d.Reads() {
			if v == nil {
				continue
			}
			if def, _ := v.Def(); def != nil && n.constant[def] {
				want(def)
			}
		}
	}
	for _, d := range nodes {
		want(d)
	}
	var all []*graph.Node
	for _, d := range n.model.Graph.Nodes {
		if wanted[d] {
			all = append(all, d)
		}
	}
	return all
}

// finish runs the remaining nodes and keeps only the outputs.
func (n *network) finish(ctx context.Context) error {
	if err := n.advance(ctx, len(n.model.Graph.Nodes)); err != nil {
		return err
	}
	for _, live := range n.live {
		for v := range live {
			if !v.IsOutput() {
				delete(live, v)
			}
		}
	}
	return nil
}
