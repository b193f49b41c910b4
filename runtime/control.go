package runtime

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// control computes a node with subgraphs. The operator decides which of them runs when, on
// schedules compiled once.
type control struct {
	node     *graph.Node
	def      *op.Def
	captured []*graph.Value
	body     map[*graph.Graph]*schedule
	failed   map[*graph.Graph]error // why a branch could not be compiled; an error only if it is taken
}

// prepareControl compiles the subgraphs of n. Consts holds the contents of those values that n
// reads, in the order of graph.Node.Reads, that never change.
func prepareControl(n *graph.Node, def *op.Def, consts []*graph.Tensor, opt Options, allowed *op.Allowance) (*control, error) {
	c := &control{node: n, def: def, captured: n.Captures(), body: map[*graph.Graph]*schedule{}, failed: map[*graph.Graph]error{}}
	known := map[*graph.Value]*graph.Tensor{}
	for i, v := range c.captured {
		known[v] = consts[len(n.Inputs())+i]
	}
	subs := n.Subgraphs()
	for _, g := range subs {
		s := &schedule{allowed: allowed}
		if err := s.compile(g, c.captured, known, opt); err != nil {
			if err = fmt.Errorf("subgraph %q: %w", g.Name, err); len(subs) == 1 {
				return nil, err
			}
			c.failed[g] = err
		}
		c.body[g] = s
	}
	if len(c.failed) == len(subs) {
		for _, g := range subs {
			return nil, c.failed[g]
		}
	}
	return c, nil
}

// compute implements computer.
func (c *control) compute(r *lent, in []*graph.Tensor) ([]*graph.Tensor, string, error) {
	own := len(c.node.Inputs())
	if want := own + len(c.captured); len(in) != want {
		return nil, "", fmt.Errorf("want %d inputs and captured values, have %d", want, len(in))
	}
	out, err := c.def.Control(c.node, in[:own], func(g *graph.Graph, args []*graph.Tensor) ([]*graph.Tensor, error) {
		if err := c.failed[g]; err != nil {
			return nil, err
		}
		return c.body[g].call(r, args, c.captured, in[own:])
	})
	return out, "subgraphs", err
}

// call runs the schedule of a subgraph. Values read from outside belong to the caller and stay. The
// results belong to the caller too: the arena gives them up, since it cannot know how long they are
// needed.
func (s *schedule) call(r *lent, args []*graph.Tensor, captured []*graph.Value, contents []*graph.Tensor) ([]*graph.Tensor, error) {
	values := slices.Clone(s.fixed)
	for i, v := range captured {
		if contents[i] != nil {
			values[s.slots[v]] = contents[i]
		}
	}
	for i, v := range s.graph.Inputs {
		values[s.slots[v]] = args[i]
	}
	memory := newLedger(arenaOf(r.memory))
	inner := &lent{threads: r.threads, memory: memory, context: r.context}
	if inner.context == nil {
		inner.context = context.Background()
	}
	if err := inner.context.Err(); err != nil { // a body without nodes may be run many times too
		return nil, err
	}
	if err := s.steps.run(inner, memory, values, nil, nil); err != nil {
		return nil, err
	}
	out := make([]*graph.Tensor, len(s.graph.Outputs))
	for i, v := range s.graph.Outputs {
		out[i] = values[s.slots[v]]
		memory.forget(out[i])
	}
	return out, nil
}

// arenaOf returns the arena that a run takes its memory from.
func arenaOf(b buffers) *arena {
	if l, ok := b.(*ledger); ok {
		return l.arena
	}
	return newArena()
}
