package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Run computes the model's outputs by name from its inputs by name. A symbolic dimension may have
// any extent, but must have the same one everywhere. The outputs belong to the caller: they share
// no memory with feeds, constants or later runs. Run stops between nodes when ctx is done.
func (s *Session) Run(ctx context.Context, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, nil, s.options.Trace)
}

// Tap is like Run, but calls visit with the contents of each value of Options.Taps when it has been
// computed. Inputs come first; constants are not shown. The tensors are valid only during the call
// and must not be modified. An error from visit ends the run.
func (s *Session) Tap(ctx context.Context, feeds map[string]*graph.Tensor, visit func(v *graph.Value, t *graph.Tensor) error) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, visit, s.options.Trace)
}

// visitor is called with the contents of a tapped value.
type visitor func(v *graph.Value, t *graph.Tensor) error

func (s *Session) run(ctx context.Context, feeds map[string]*graph.Tensor, visit visitor, trace func(Event)) (map[string]*graph.Tensor, error) {
	if !s.options.Reference && !s.options.Once {
		out := make(map[string]*graph.Tensor, len(s.model.Graph.Outputs))
		if done, err := s.runProgram(ctx, feeds, out, visit, trace); done || err != nil {
			return out, err
		}
	} else if err := s.checkFeeds(feeds); err != nil {
		return nil, err
	}
	return s.runNodes(ctx, feeds, visit, trace)
}

// RunInto is like Run, but reuses tensors: an output whose tensor in out has the right type and
// extents is written to it, and the others are stored as new tensors. After an error the contents
// of out are unspecified. RunInto allocates nothing for inputs of extents that the session has run
// before, provided that the model's nodes have kernels that are bound to extents.
func (s *Session) RunInto(ctx context.Context, feeds, out map[string]*graph.Tensor) error {
	if !s.options.Reference && !s.options.Once {
		if done, err := s.runProgram(ctx, feeds, out, nil, s.options.Trace); done || err != nil {
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

// runNodes runs the model node by node.
func (s *Session) runNodes(ctx context.Context, feeds map[string]*graph.Tensor, visit visitor, trace func(Event)) (map[string]*graph.Tensor, error) {
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
			if s.inFloats(v, t.DType()) {
				t = graph.Narrowed(t, v.Type.DType)
			}
			values[how.slots[v]] = t
		}
	}
	memory := newLedger(s.arena)
	r := &lent{threads: s.options.Threads, memory: memory, context: ctx}
	if visit != nil {
		visit = s.tapped(visit)
		for _, v := range s.model.Graph.Inputs {
			if err := visit(v, values[how.slots[v]]); err != nil {
				return nil, err
			}
		}
	}
	steps := how.steps
	if s.options.Once && !s.options.Reference {
		steps = how.single(s.options)
	}
	if err := steps.run(r, memory, values, visit, trace); err != nil {
		return nil, err
	}
	return how.outputs(values, memory), nil
}

// tapped returns a visitor that calls visit for the values of Options.Taps only.
func (s *Session) tapped(visit visitor) visitor {
	return func(v *graph.Value, t *graph.Tensor) error {
		if v = s.taps[v.Name]; v == nil {
			return nil
		}
		return visit(v, t)
	}
}

// single returns s's steps for one run. Each is prepared whenever it is reached.
func (s *schedule) single(opt Options) steps {
	all := slices.Clone(s.steps)
	for i := range all {
		all[i].fast = &fleeting{&s.steps[i], s, opt}
	}
	return all
}

// fleeting prepares a step for each run and discards the preparation afterwards.
type fleeting struct {
	step     *step
	schedule *schedule
	options  Options
}

// compute implements computer.
func (f *fleeting) compute(r *lent, in []*graph.Tensor) ([]*graph.Tensor, string, error) {
	st := f.step
	consts := make([]*graph.Tensor, len(st.in))
	for k, v := range st.node.Reads() {
		if v != nil && !v.IsInput() {
			consts[k] = f.schedule.fixed[st.in[k]]
		}
		if c := consts[k]; c != nil {
			defer c.Forget()
		}
	}
	ready := step{node: st.node, def: st.def}
	if err := ready.prepare(consts, f.options, op.NewAllowance(nil)); err != nil {
		return nil, "", err
	}
	return ready.fast.compute(r, in)
}

// run computes the steps in order.
func (s steps) run(r *lent, memory *ledger, values []*graph.Tensor, visit visitor, trace func(Event)) error {
	live := living{taken: make([]int64, len(values))}
	for i := range s {
		if err := r.context.Err(); err != nil {
			return err
		}
		if err := s[i].run(r, memory, values, &live, visit, trace); err != nil {
			return fmt.Errorf("node %s: %w", s[i].node.Label(), err)
		}
	}
	return nil
}

// run computes one step on the values of a run.
func (st *step) run(r *lent, memory *ledger, values []*graph.Tensor, live *living, visit visitor, trace func(Event)) error {
	in := make([]*graph.Tensor, len(st.in))
	for i, at := range st.in {
		if at >= 0 {
			in[i] = values[at]
		}
	}
	start := time.Now()
	out, name, err := st.compute(r, in, live.total)
	if err != nil {
		return err
	}
	if trace != nil {
		trace(Event{Node: st.node, Kernel: name, Duration: time.Since(start)})
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
	for i, v := range st.node.Outputs() {
		if v == nil || visit == nil {
			continue
		}
		if err := visit(v, out[i]); err != nil {
			return err
		}
	}
	for i, t := range out { // outputs that the node leaves out although its kernel computed them
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

// living counts the bytes of the values that a run has computed and still needs.
type living struct {
	taken []int64 // by slot
	total int64
}

// hold counts t, which a step computed from in. Memory that it shares with one of these is counted
// there.
func (l *living) hold(at int, t *graph.Tensor, in []*graph.Tensor) {
	if t.DType() == graph.Sequence {
		return // the items of a sequence are counted where they are computed
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

// outputs collects the model's outputs, which belong to the caller. An output that has a buffer of
// this run to itself keeps it. Anything else is copied, because it may lie in a feed, in another
// output, or in a constant of the model or of a subgraph, and constants may lie in a file that is
// closed before the caller looks.
func (s *schedule) outputs(values []*graph.Tensor, memory *ledger) map[string]*graph.Tensor {
	out := make(map[string]*graph.Tensor, len(s.graph.Outputs))
	for _, v := range s.graph.Outputs {
		t := values[s.slots[v]]
		if held := memory.loan(t); held != nil {
			memory.forget(t) // neither the arena nor this loop gives it to anyone else
			out[v.Name] = t
			continue
		}
		out[v.Name] = copied(t)
	}
	return out
}
