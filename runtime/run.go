package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Run computes the model's outputs by name from its inputs by name. Symbolic dimensions
// may have any extent, the same everywhere. The outputs are the caller's own:
// they share no memory with feeds, constants or later runs. It stops between
// nodes when ctx is done.
func (s *Session) Run(ctx context.Context, feeds map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, nil, s.options.Trace)
}

// Tap is Run with a visitor that sees what is at the values of Options.Taps, each when it is computed. Inputs come first;
// constants are not shown. The tensors are valid during the call only and must not be written. An error of the visitor ends the run.
func (s *Session) Tap(ctx context.Context, feeds map[string]*graph.Tensor, visit func(v *graph.Value, t *graph.Tensor) error) (map[string]*graph.Tensor, error) {
	return s.run(ctx, feeds, visit, s.options.Trace)
}

// visitor sees the contents of a value that is tapped.
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

// RunInto is Run into tensors that are there: an output whose tensor in out has its type and extents is written to it, others
// are entered as new ones. After an error what is in them means nothing. For inputs of extents that the session has run before nothing is allocated then, as far as the
// model's nodes have kernels that are bound to extents.
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

// runNodes computes node by node.
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

// tapped calls visit for the values of Options.Taps only.
func (s *Session) tapped(visit visitor) visitor {
	return func(v *graph.Value, t *graph.Tensor) error {
		if v = s.taps[v.Name]; v == nil {
			return nil
		}
		return visit(v, t)
	}
}

// single is s's steps for one run: each is made ready when it is reached, and again when it is reached again.
func (s *schedule) single(opt Options) steps {
	all := slices.Clone(s.steps)
	for i := range all {
		all[i].fast = &fleeting{&s.steps[i], s, opt}
	}
	return all
}

// fleeting makes a step ready for each run and forgets what that took.
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
