package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Run computes the model's outputs by name from its inputs by name. Symbolic dimensions
// may have any extent, the same everywhere. The outputs are the caller's own:
// they share no memory with feeds, constants or later runs. It stops between
// nodes when ctx is done.
func (s *Session) Run(ctx context.Context, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, nil, s.options.Trace)
}

// Visitor sees one computed node: in and out as the node lists them, nil where it leaves one out.
// The tensors are valid during the call only and must not be written.
type Visitor func(n *graph.Node, in, out []*graph.Tensor) error

// RunAll is Run with a visitor that is called after every node, in order. Nodes that
// compute constants are not visited: they ran when the session was compiled. Neither are
// the nodes of subgraphs: what a subgraph does is what its node computes.
// An error of the visitor ends the run.
func (s *Session) RunAll(ctx context.Context, feeds map[string]*graph.Tensor, visit Visitor) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, visit, s.options.Trace)
}

func (s *Session) run(ctx context.Context, feeds map[string]*graph.Tensor, visit Visitor, trace func(Event)) (map[string]*graph.Tensor, error) {
	if !s.options.Reference && !s.options.Once && visit == nil {
		out := make(map[string]*graph.Tensor, len(s.model.Graph.Outputs))
		if done, err := s.runProgram(ctx, feeds, out, trace); done || err != nil {
			return out, err
		}
	} else if err := s.checkFeeds(feeds); err != nil {
		return nil, err
	}
	return s.runNodes(ctx, feeds, visit, trace)
}

// RunInto is Run into tensors that are there: an output whose tensor in out has its type and extents is written to it, others
// are entered as new ones. For inputs of extents that the session has run before nothing is allocated then, as far as the
// model's nodes have kernels that are bound to extents.
func (s *Session) RunInto(ctx context.Context, feeds, out map[string]*graph.Tensor) error {
	if !s.options.Reference && !s.options.Once {
		if done, err := s.runProgram(ctx, feeds, out, s.options.Trace); done || err != nil {
			return err
		}
	}
	have, err := s.run(ctx, feeds, nil, s.options.Trace)
	if err != nil {
		return err
	}
	for name, t := range have {
		out[name] = t
	}
	return nil
}

// runNodes computes node by node.
func (s *Session) runNodes(ctx context.Context, feeds map[string]*graph.Tensor, visit Visitor, trace func(Event)) (map[string]*graph.Tensor, error) {
	how := &s.schedule
	if !s.options.Reference && !s.options.Once {
		s.once.Do(func() {
			s.nodewise.allowed = op.NewAllowance(s.model.Graph)
			s.failed = s.nodewise.compile(s.model.Graph, nil, nil, s.options)
		})
		if how = &s.nodewise; s.failed != nil {
			return nil, s.failed
		}
	}
	values := slices.Clone(how.fixed)
	for _, v := range s.model.Graph.Inputs {
		if t := feeds[v.Name]; t != nil {
			values[how.slots[v]] = t
		}
	}
	memory := newLedger(s.arena)
	r := &kernel.Run{Threads: s.options.Threads, Memory: memory, Context: ctx}
	steps := how.steps
	if s.options.Once && !s.options.Reference {
		steps = how.single(s.options)
	}
	if err := steps.run(r, memory, values, visit, trace); err != nil {
		return nil, err
	}
	return how.outputs(values, memory), nil
}

// single is s's steps for one run: each is made ready when it is reached, and again when it is reached again.
func (s *schedule) single(opt Options) steps {
	all := slices.Clone(s.steps)
	for i := range all {
		st := &all[i]
		st.name, st.fast = "single", func(r *kernel.Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
			consts := make([]*graph.Tensor, len(st.in))
			for k, v := range st.node.Reads() {
				if v != nil && !v.IsInput() {
					consts[k] = s.fixed[st.in[k]]
				}
				if c := consts[k]; c != nil {
					defer c.Forget()
				}
			}
			ready := step{node: st.node, def: st.def}
			if err := ready.prepare(consts, opt, op.NewAllowance(nil)); err != nil {
				return nil, err
			}
			if ready.fast == nil {
				return nil, kernel.ErrUnfit
			}
			return ready.fast(r, in)
		}
	}
	return all
}

// run computes the steps in order.
func (s steps) run(r *kernel.Run, memory *ledger, values []*graph.Tensor, visit Visitor, trace func(Event)) error {
	live := living{taken: make([]int64, len(values))}
	for i := range s {
		if err := r.Context.Err(); err != nil {
			return err
		}
		if err := s[i].run(r, memory, values, &live, visit, trace); err != nil {
			return fmt.Errorf("node %s: %w", s[i].node.Label(), err)
		}
	}
	return nil
}

// run computes one step on the values of a run.
func (st *step) run(r *kernel.Run, memory *ledger, values []*graph.Tensor, live *living, visit Visitor, trace func(Event)) error {
	in := make([]*graph.Tensor, len(st.in))
	for i, at := range st.in {
		if at >= 0 {
			in[i] = values[at]
		}
	}
	start := time.Now()
	out, err := st.compute(r, in, live.total)
	if err != nil {
		return err
	}
	if trace != nil {
		trace(Event{Node: st.node, Kernel: st.name, Duration: time.Since(start)})
	}
	for _, t := range out {
		memory.hold(t)
	}
	for i, at := range st.out {
		if at >= 0 {
			values[at] = out[i]
			live.hold(at, out[i], in)
		}
	}
	if visit != nil {
		seen := slices.Clone(out)
		seen = append(seen, make([]*graph.Tensor, max(0, len(st.out)-len(out)))...)[:len(st.out)]
		if err := visit(st.node, in[:len(st.node.Inputs())], seen); err != nil {
			return err
		}
	}
	for i, t := range out { // what the node leaves out although its kernel computed it
		if i >= len(st.out) || st.out[i] < 0 {
			memory.release(t)
		}
	}
	for _, at := range st.release {
		memory.release(values[at])
		values[at] = nil
		live.release(at)
	}
	return nil
}

// living is the bytes of the values that a run has computed and still needs.
type living struct {
	taken []int64 // by slot
	total int64
}

// hold counts t, which a step computed from in; what lies in one of these is counted there.
func (l *living) hold(at int, t *graph.Tensor, in []*graph.Tensor) {
	if t.DType() == graph.Sequence {
		return // its items are counted where they are computed
	}
	for _, x := range in {
		if x != nil && x.DType() == t.DType() && x.SharesWith(t) {
			return
		}
	}
	l.taken[at] = t.Bytes()
	l.total += l.taken[at]
}

func (l *living) release(at int) {
	l.total -= l.taken[at]
	l.taken[at] = 0
}

// outputs collects the model's outputs, which are the caller's own. One that lies by itself in a buffer of this run keeps
// that; anything else is copied, for it may lie in a feed, in another output, or in a constant: the model's, one of a
// subgraph's, or a part of one, and these may lie in a file that is closed before the caller looks.
func (s *schedule) outputs(values []*graph.Tensor, memory *ledger) map[string]*graph.Tensor {
	out := make(map[string]*graph.Tensor, len(s.graph.Outputs))
	for _, v := range s.graph.Outputs {
		t := values[s.slots[v]]
		if held := memory.loan(t); held != nil {
			memory.forget(t) // given to nobody else, neither by the arena nor here
			out[v.Name] = t
			continue
		}
		out[v.Name] = copied(t)
	}
	return out
}
