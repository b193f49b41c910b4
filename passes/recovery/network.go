package recovery

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// network is a model that runs a few nodes at a time, over all batches. It keeps the outputs of the
// model, what the last node reads and computes, and the values that later nodes still read.
type network struct {
	model   *graph.Model
	stepper passes.Stepper
	live    []map[*graph.Value]*graph.Tensor // contents by batch
	next    int                              // the number of the next node to run
	// constant holds the nodes that compute the same in every batch. Each runs again with the nodes
	// that read it, because a repair may have changed its weights.
	constant map[*graph.Node]bool

	mu     *sync.Mutex
	floats map[*graph.Tensor]*graph.Tensor // contents that are halves, in float32, as long as the same nodes are looked at
}

// newNetwork returns a network without batches.
func newNetwork(m *graph.Model, s passes.Stepper) *network {
	n := &network{model: m, mu: &sync.Mutex{}, stepper: s, constant: map[*graph.Node]bool{}}
	for _, node := range m.Graph.Nodes {
		n.constant[node] = !slices.ContainsFunc(node.Reads(), func(v *graph.Value) bool { return v != nil && !n.fixed(v) })
	}
	return n
}

// feed adds batches up to the given number. They catch up with those that the network has, so each
// batch is run once by each node, whenever it comes.
func (n *network) feed(ctx context.Context, of passes.Batches, batches int) error {
	first := len(n.live)
	for range batches - first {
		n.live = append(n.live, map[*graph.Value]*graph.Tensor{})
	}
	if n.next > 0 {
		return n.run(ctx, 0, n.next, first, of)
	}
	for b := first; b < batches; b++ {
		if err := n.read(of, b); err != nil {
			return err
		}
	}
	return nil
}

// read reads the inputs of batch b.
func (n *network) read(of passes.Batches, b int) error {
	feeds, err := of.Read(b, nil)
	if err != nil {
		return err
	}
	n.live[b], err = n.inputs(feeds)
	return err
}

// inputs returns the contents of the network's inputs.
func (n *network) inputs(feeds map[string]*graph.Tensor) (map[*graph.Value]*graph.Tensor, error) {
	live := map[*graph.Value]*graph.Tensor{}
	for _, v := range n.model.Graph.Inputs {
		t := feeds[v.Name]
		if t == nil {
			t = v.Const
		}
		if t == nil {
			return nil, fmt.Errorf("no calibration data for input %q", v.Name)
		}
		live[v] = t
	}
	return live, nil
}

// fixed reports whether v is the same in every batch.
func (n *network) fixed(v *graph.Value) bool {
	if def, _ := v.Def(); def != nil {
		return n.constant[def]
	}
	return v.IsConstant()
}

// at returns the contents of v in a batch, or nil if v is not computed yet or no longer needed. Halves
// are in float32.
func (n *network) at(v *graph.Value, batch int) *graph.Tensor {
	if v == nil {
		return nil
	}
	if t := linear.Dequantized(v); t != nil {
		return t // a repair may have written it after the DequantizeLinear ran
	}
	if t := n.live[batch][v]; t != nil {
		return n.widened(t)
	}
	return n.widened(v.Const)
}

// widened returns t in float32 if it holds halves.
func (n *network) widened(t *graph.Tensor) *graph.Tensor {
	if t == nil || !t.DType().IsHalf() {
		return t
	}
	n.mu.Lock()
	w := n.floats[t]
	n.mu.Unlock()
	if w != nil {
		return w
	}
	w = graph.Widened(t)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.floats == nil {
		n.floats = map[*graph.Tensor]*graph.Tensor{}
	}
	n.floats[t] = w
	return w
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
	from := n.next
	n.next = end
	return n.run(ctx, from, end, 0, nil)
}

// run runs the nodes from number from up to end on the batches from the first given, and releases in
// each what no later node reads. Batches that are not read yet are read from of, each when its turn
// comes, so that only one at a time holds what is released again.
func (n *network) run(ctx context.Context, from, end, first int, of passes.Batches) error {
	n.floats = nil
	all := n.model.Graph.Nodes
	nodes := slices.DeleteFunc(slices.Clone(all[from:end]), func(d *graph.Node) bool { return n.constant[d] && !n.shown(d) })
	needed := n.needed(end)
	var wanted []*graph.Value
	for _, d := range nodes {
		for _, v := range d.Outputs() {
			if v != nil && needed[v] {
				wanted = append(wanted, v)
			}
		}
	}
	batches := func(yield func(map[*graph.Value]*graph.Tensor, error) bool) {
		for b := first; b < len(n.live); b++ {
			if of != nil {
				if err := n.read(of, b); err != nil {
					yield(nil, err)
					return
				}
			}
			if !yield(n.live[b], nil) {
				return
			}
			for v := range n.live[b] {
				if !needed[v] {
					delete(n.live[b], v)
				}
			}
		}
	}
	if len(nodes) > 0 && first < len(n.live) {
		return n.stepper.Step(ctx, n.model, n.withConstants(nodes), wanted, batches)
	}
	for _, err := range batches { // nothing to run, but values to release
		if err != nil {
			return err
		}
	}
	return nil
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
