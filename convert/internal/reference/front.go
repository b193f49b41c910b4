package reference

import (
	"context"
	"iter"
	"maps"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// Front runs a model on some batches up to a node and holds what later nodes read, so that models
// that differ from it only from there on need not run from the inputs.
type Front struct {
	model *graph.Model
	live  []map[*graph.Value]*graph.Tensor
	next  int // the number of nodes that have run
}

// NewFront returns a front before the first node.
func NewFront(m *graph.Model, feeds []map[string]*graph.Tensor) *Front {
	f := &Front{model: m}
	for _, of := range feeds {
		live := map[*graph.Value]*graph.Tensor{}
		for _, v := range m.Graph.Inputs {
			if t := of[v.Name]; t != nil {
				live[v] = t
			}
		}
		f.live = append(f.live, live)
	}
	return f
}

// Advance runs the nodes before number end that have not run yet, with the given number of threads.
func (f *Front) Advance(ctx context.Context, end, threads int) error {
	if end <= f.next {
		return nil
	}
	g := f.model.Graph
	nodes := g.Nodes[f.next:end]
	needed := map[*graph.Value]bool{}
	for _, v := range g.Outputs {
		needed[v] = true
	}
	for _, n := range g.Nodes[end:] {
		for _, v := range n.Reads() {
			if v != nil {
				needed[v] = true
			}
		}
	}
	var wanted []*graph.Value
	for _, n := range nodes {
		for _, v := range n.Outputs() {
			if v != nil && needed[v] {
				wanted = append(wanted, v)
			}
		}
	}
	f.next = end
	return runtime.NewStepper(threads).Step(ctx, f.model, nodes, wanted, f.each(func(live map[*graph.Value]*graph.Tensor) {
		maps.DeleteFunc(live, func(v *graph.Value, _ *graph.Tensor) bool { return !needed[v] })
	}))
}

// each yields the batches and calls done with each that has been computed.
func (f *Front) each(done func(map[*graph.Value]*graph.Tensor)) iter.Seq2[map[*graph.Value]*graph.Tensor, error] {
	return func(yield func(map[*graph.Value]*graph.Tensor, error) bool) {
		for _, live := range f.live {
			if !yield(live, nil) {
				return
			}
			done(live)
		}
	}
}

// Rest runs what the front has yet to run of other, with the given number of threads, and returns
// its outputs by batch. other has the values of the front's model by name and differs from it in
// nodes only that the front has not reached.
func (f *Front) Rest(ctx context.Context, other *graph.Model, threads int) ([]map[string]*graph.Tensor, error) {
	ran := map[string]bool{}
	for _, n := range f.model.Graph.Nodes[:f.next] {
		for _, v := range n.Outputs() {
			if v != nil {
				ran[v.Name] = true
			}
		}
	}
	var nodes []*graph.Node
	var wanted []*graph.Value
	for _, n := range other.Graph.Nodes {
		if v := n.Out(0); v == nil || !ran[v.Name] {
			nodes = append(nodes, n)
		}
	}
	for _, v := range other.Graph.Outputs {
		if def, _ := v.Def(); def != nil && !ran[v.Name] {
			wanted = append(wanted, v)
		}
	}
	var all []map[string]*graph.Tensor
	batches := func(yield func(map[*graph.Value]*graph.Tensor, error) bool) {
		for _, live := range f.live {
			its := make(map[*graph.Value]*graph.Tensor, len(live))
			for v, t := range live {
				if w := other.Graph.Value(v.Name); w != nil {
					its[w] = t
				}
			}
			if !yield(its, nil) {
				return
			}
			out := map[string]*graph.Tensor{}
			for _, v := range other.Graph.Outputs {
				if out[v.Name] = its[v]; out[v.Name] == nil {
					out[v.Name] = v.Const
				}
			}
			all = append(all, out)
		}
	}
	err := runtime.NewStepper(threads).Step(ctx, other, nodes, wanted, batches)
	return all, err
}

// FirstAffected returns the number of the first node of m that removing units of g changes.
func FirstAffected(m *graph.Model, g *group.Group) int {
	at := make(map[*graph.Node]int, len(m.Graph.Nodes))
	for i, n := range m.Graph.Nodes {
		at[n] = i
	}
	first := len(m.Graph.Nodes)
	for _, member := range g.Members {
		if def, _ := member.Value.Def(); def != nil {
			if i, here := at[def]; here {
				first = min(first, i)
			} else {
				return 0 // computed in a subgraph
			}
			continue
		}
		for _, use := range member.Value.Uses() {
			if i, here := at[use.Node]; here {
				first = min(first, i)
			} else {
				return 0
			}
		}
	}
	return first
}
