package runtime

import (
	"fmt"
	goruntime "runtime"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/kernel"
)

// Options says how a session computes.
type Options struct {
	Threads   int         // goroutines that compute at a time; 0 is GOMAXPROCS
	Reference bool        // the reference evaluation of graph/op only: slow, the oracle
	Trace     func(Event) // called after every node of every run; must be safe for concurrent use
}

// Session is a model made ready to run. It is safe for concurrent use.
type Session struct {
	model   *graph.Model
	options Options
	arena   *arena

	slots map[*graph.Value]int // where a run keeps each value
	fixed []*graph.Tensor      // contents by slot of what does not change, and of inputs with a default
	steps []step
}

// step is one node of the schedule.
type step struct {
	node    *graph.Node
	def     *op.Def
	fast    kernel.Func // nil: the reference evaluation
	name    string      // the kernel's, for the trace
	in, out []int       // slots; -1 where the node leaves one out
	release []int       // slots nothing reads any more
}

// Compile prepares m, which must not change while the session is used. An error names the
// first node that cannot be computed, and why.
func Compile(m *graph.Model, opt Options) (*Session, error) {
	if m == nil || m.Graph == nil {
		return nil, fmt.Errorf("model has no graph")
	}
	if opt.Threads < 0 {
		return nil, fmt.Errorf("threads: want 0 or more, have %d", opt.Threads)
	}
	if opt.Threads == 0 {
		opt.Threads = goruntime.GOMAXPROCS(0)
	}
	s := &Session{model: m, options: opt, arena: newArena(), slots: map[*graph.Value]int{}}
	g := m.Graph
	for _, v := range g.Inputs {
		s.slot(v, v.Const)
	}
	for _, v := range g.Initializers {
		s.slot(v, v.Const)
	}
	constant := make(map[int]bool)
	for _, v := range g.Initializers {
		constant[s.slots[v]] = !slices.Contains(g.Inputs, v)
	}
	for _, n := range g.Nodes {
		if err := s.addNode(n, constant); err != nil {
			return nil, fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	for _, v := range g.Outputs {
		if _, ok := s.slots[v]; !ok {
			return nil, fmt.Errorf("output %q: nothing computes it", v.Name)
		}
	}
	s.schedule()
	return s, nil
}

// Model is the model the session was compiled from.
func (s *Session) Model() *graph.Model { return s.model }

// slot gives v its place, once.
func (s *Session) slot(v *graph.Value, contents *graph.Tensor) int {
	if i, ok := s.slots[v]; ok {
		return i
	}
	s.slots[v] = len(s.fixed)
	s.fixed = append(s.fixed, contents)
	return len(s.fixed) - 1
}

// addNode schedules n, or computes it now when all its inputs are constant.
func (s *Session) addNode(n *graph.Node, constant map[int]bool) error {
	if len(n.Subgraphs()) > 0 {
		return fmt.Errorf("operator %s: operators with subgraphs are not supported by the runtime", n.OpName())
	}
	st := step{node: n, def: op.Lookup(n), name: "reference"}
	if st.def == nil {
		return fmt.Errorf("%s", op.Why(n))
	}
	if err := st.def.Check(n); err != nil {
		return err
	}
	all := true
	consts := make([]*graph.Tensor, len(n.Inputs()))
	for i, v := range n.Inputs() {
		if v == nil {
			st.in = append(st.in, -1)
			continue
		}
		at, ok := s.slots[v]
		if !ok {
			return fmt.Errorf("input %d %q is read before anything computes it", i, v.Name)
		}
		st.in = append(st.in, at)
		if constant[at] {
			consts[i] = s.fixed[at]
		}
		all = all && constant[at]
	}
	if !s.options.Reference {
		k, f, err := kernel.Prepare(n, consts)
		if err != nil {
			return err
		}
		if f != nil {
			st.fast, st.name = f, k.Name
		}
	}
	for _, v := range n.Outputs() {
		if v == nil {
			st.out = append(st.out, -1)
			continue
		}
		if _, ok := s.slots[v]; ok {
			return fmt.Errorf("output %q is computed twice", v.Name)
		}
		st.out = append(st.out, s.slot(v, nil))
	}
	if !all {
		s.steps = append(s.steps, st)
		return nil
	}
	out, err := st.compute(&kernel.Run{Threads: s.options.Threads, Memory: heap{}}, consts)
	if err != nil {
		return err
	}
	for i, at := range st.out {
		if at >= 0 {
			s.fixed[at] = out[i]
			constant[at] = true
		}
	}
	return nil
}

// schedule notes after which step each value can be released: the last that
// reads it, or the one that computes it when none does. Outputs stay.
func (s *Session) schedule() {
	kept := map[int]bool{}
	for _, v := range s.model.Graph.Outputs {
		kept[s.slots[v]] = true
	}
	seen := map[int]bool{}
	for i := len(s.steps) - 1; i >= 0; i-- {
		st := &s.steps[i]
		for _, at := range slices.Concat(st.in, st.out) {
			if at >= 0 && !seen[at] && !kept[at] && s.fixed[at] == nil {
				seen[at] = true
				st.release = append(st.release, at)
			}
		}
	}
}

// compute runs the step by its kernel, or by the reference evaluation where
// there is none or it does not fit these inputs.
func (st *step) compute(r *kernel.Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
	var out []*graph.Tensor
	err := kernel.ErrUnfit
	if st.fast != nil {
		out, err = st.fast(r, in)
	}
	if err == kernel.ErrUnfit {
		out, err = st.def.Eval(st.node, in)
	}
	if err != nil {
		return nil, err
	}
	for i, at := range st.out {
		if at >= 0 && (i >= len(out) || out[i] == nil) {
			return nil, fmt.Errorf("output %d %q was not computed", i, st.node.Out(i).Name)
		}
	}
	return out, nil
}
