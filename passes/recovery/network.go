package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// network is a model as it advances, node by node, over all batches. It keeps
// the values that some node has yet to read, the outputs of the last node and those of the model.
type network struct {
	model   *graph.Model
	stepper passes.Stepper
	batches int
	live    map[*graph.Value][]*graph.Tensor // contents by batch
	reads   map[*graph.Value]int             // by nodes that did not run yet
	next    int                              // of the model's nodes
}

func newNetwork(m *graph.Model, s passes.Stepper, feeds []map[string]*graph.Tensor) (*network, error) {
	n := &network{model: m, stepper: s, batches: len(feeds), live: map[*graph.Value][]*graph.Tensor{}, reads: map[*graph.Value]int{}}
	for _, v := range m.Graph.Inputs {
		for _, f := range feeds {
			t := f[v.Name]
			if t == nil {
				t = v.Const
			}
			if t == nil {
				return nil, fmt.Errorf("no calibration data for input %q", v.Name)
			}
			n.live[v] = append(n.live[v], t)
		}
	}
	for _, node := range m.Graph.Nodes {
		for _, v := range node.Reads() {
			if v != nil {
				n.reads[v]++
			}
		}
	}
	for _, v := range m.Graph.Outputs {
		n.reads[v]++ // by whoever compares them
	}
	return n, nil
}

// at is the contents of v in a batch; nil when it is not computed yet or no longer needed.
func (n *network) at(v *graph.Value, batch int) *graph.Tensor {
	if v == nil {
		return nil
	}
	if t := linear.Dequantized(v); t != nil {
		return t // what it is now: a repair may have written it after its DequantizeLinear ran
	}
	if ts := n.live[v]; ts != nil {
		return ts[batch]
	}
	return v.Const
}

// has reports whether v's contents are at hand.
func (n *network) has(v *graph.Value) bool { return v != nil && n.live[v] != nil }

// step runs the next node. What only earlier nodes read is released before.
func (n *network) step(ctx context.Context) error {
	for v := range n.live {
		if n.reads[v] == 0 {
			delete(n.live, v)
		}
	}
	node := n.model.Graph.Nodes[n.next]
	n.next++
	constant := ofConstants(node)
	for b := range n.batches {
		if constant && b > 0 {
			for _, v := range node.Outputs() {
				if v != nil {
					n.live[v] = append(n.live[v], n.live[v][0])
				}
			}
			continue
		}
		reads := node.Reads()
		in := make([]*graph.Tensor, len(reads))
		for i, v := range reads {
			in[i] = n.at(v, b)
		}
		out, err := n.stepper.Step(ctx, node, in)
		if err != nil {
			return err
		}
		for i, v := range node.Outputs() {
			if v != nil {
				n.live[v] = append(n.live[v], out[i])
			}
		}
	}
	for _, v := range node.Reads() {
		if v != nil {
			n.reads[v]--
		}
	}
	return nil
}

// ofConstants reports whether what node computes is the same in every batch.
func ofConstants(node *graph.Node) bool {
	return !slices.ContainsFunc(node.Reads(), func(v *graph.Value) bool { return v != nil && !v.IsConstant() })
}

// finish runs all nodes that are left. The outputs are kept.
func (n *network) finish(ctx context.Context) error {
	for n.next < len(n.model.Graph.Nodes) {
		if err := n.step(ctx); err != nil {
			return err
		}
	}
	for v := range n.live {
		if !v.IsOutput() {
			delete(n.live, v)
		}
	}
	return nil
}
