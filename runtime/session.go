package runtime

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Options says how a session computes.
type Options struct {
	Threads   int         // goroutines that compute at a time; 0 is GOMAXPROCS
	Reference bool        // the reference evaluation of graph/op only: slow, the oracle
	Sparse    Sparse      // how nodes are computed whose weights are zero in part
	Once      bool        // the session runs once: each node is made ready when it is reached, and what that took is let go after it
	Trace     func(Event) // called after every node of every run; must be safe for concurrent use
	// Taps are values of the model's graph whose contents Tap shows. They are computed as themselves; all else is computed as it
	// always is.
	Taps []*graph.Value
}

// Session is a model made ready to run. It is safe for concurrent use.
type Session struct {
	model   *graph.Model
	options Options
	arena   *arena
	schedule

	base    *graph.Model  // as programs are made of it: fused, constants computed
	allowed *op.Allowance // of constants that are still computed where extents become known
	weights kernel.Weights
	mu      sync.Mutex
	made    []*made // programs, the one used last first

	taps  map[string]*graph.Value // Options.Taps by name
	shown map[string]bool         // those that are no constants, whatever is fed

	once     sync.Once
	nodewise schedule // with kernels, node by node: for what has no program
	failed   error
}

// schedule is a graph made ready to run: the model's, or a subgraph of a node.
type schedule struct {
	graph   *graph.Graph
	slots   map[*graph.Value]int // where a run keeps each value
	allowed *op.Allowance        // of constants that nodes compute
	fixed   []*graph.Tensor      // contents by slot of what does not change, and of inputs with a default
	steps   steps
}

// steps are in the order in which they run.
type steps []step

// step is one node of the schedule.
type step struct {
	node    *graph.Node
	def     *op.Def
	fast    computer // nil: the reference evaluation
	in, out []int    // slots; -1 where the node leaves one out
	release []int    // slots nothing reads any more
}

// computer is how a node is computed: it gives the outputs and how that is called. The error is kernel.ErrUnfit where the reference
// evaluation is to be taken.
type computer interface {
	compute(r *lent, in []*graph.Tensor) (out []*graph.Tensor, name string, err error)
}

// byReference is the name of the reference evaluation.
const byReference = "reference"

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
	m, err := withoutCalls(m)
	if err != nil {
		return nil, err
	}
	allowed := op.NewAllowance(m.Graph)
	if opt.Once {
		allowed = op.NoAllowance() // what is computed before would stay to the end
	}
	taps := make(map[string]*graph.Value, len(opt.Taps))
	for _, v := range opt.Taps {
		taps[v.Name] = v
	}
	s := &Session{model: m, options: opt, taps: taps, arena: newArena(), schedule: schedule{allowed: allowed}}
	// What can be run, and what is constant; kernels are chosen when it is known how it is run.
	if err := s.compile(m.Graph, nil, nil, Options{Threads: opt.Threads, Reference: true}); err != nil {
		return nil, err
	}
	s.shown = map[string]bool{}
	for name := range taps {
		v := m.Graph.Value(name)
		if at, ok := s.slots[v]; ok && (s.fixed[at] == nil || v.IsInput()) {
			s.shown[name] = true
		}
	}
	if !opt.Reference && !opt.Once {
		if err := s.prepare(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Runs reports why m cannot be run, in the words of Compile, without making it ready to.
func Runs(m *graph.Model) error {
	_, err := Compile(m, Options{Reference: true})
	return err
}

// Model is the model the session was compiled from; where that calls functions of its own, a copy that runs them in place.
func (s *Session) Model() *graph.Model { return s.model }

// Choices tells how the nodes with weights that are zero in part are computed, for the extents that were run last; none before the first run
// and where Options.Sparse is SparseNever.
func (s *Session) Choices() []Choice {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) == 0 || s.made[0].program == nil {
		return nil
	}
	return slices.Clone(s.made[0].program.choices)
}

// compile prepares g, whose nodes read the captured values of graphs around it; those that never change
// have their contents in consts.
func (s *schedule) compile(g *graph.Graph, captured []*graph.Value, consts map[*graph.Value]*graph.Tensor, opt Options) error {
	s.graph, s.slots = g, map[*graph.Value]int{}
	constant := make(map[int]bool)
	for _, v := range captured {
		constant[s.slot(v, consts[v])] = consts[v] != nil
	}
	for _, v := range g.Inputs {
		s.slot(v, v.Const)
	}
	for _, v := range g.Initializers {
		constant[s.slot(v, v.Const)] = !slices.Contains(g.Inputs, v)
	}
	for _, n := range g.Nodes {
		if err := s.addNode(n, constant, opt); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
	}
	for _, v := range g.Outputs {
		if _, ok := s.slots[v]; !ok {
			return fmt.Errorf("output %q: nothing computes it", v.Name)
		}
	}
	s.release(captured)
	return nil
}

// slot gives v its place, once.
func (s *schedule) slot(v *graph.Value, contents *graph.Tensor) int {
	if i, ok := s.slots[v]; ok {
		return i
	}
	s.slots[v] = len(s.fixed)
	s.fixed = append(s.fixed, contents)
	return len(s.fixed) - 1
}

// addNode schedules n, or computes it now when all its inputs are constant.
func (s *schedule) addNode(n *graph.Node, constant map[int]bool, opt Options) error {
	st := step{node: n, def: op.Lookup(n)}
	if st.def == nil {
		return fmt.Errorf("%s", op.Why(n))
	}
	if err := st.def.Check(n); err != nil {
		return err
	}
	all := st.def.Control == nil // a loop may take its time, or never end
	reads := n.Reads()
	consts := make([]*graph.Tensor, len(reads))
	for i, v := range reads {
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
	if !opt.Reference || st.def.Control != nil { // subgraphs are made ready for the reference too: what they cannot run is known now
		if err := st.prepare(consts, opt, s.allowed); err != nil {
			return err
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
	if !all || !s.allowed.Takes(st.def.Predict(n, consts)) {
		s.steps = append(s.steps, st)
		return nil
	}
	out, _, err := st.compute(&lent{threads: opt.Threads, memory: heap{}}, consts, 0)
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

// prepare chooses how the step computes: a kernel, the node's subgraphs made ready, or the reference evaluation.
func (st *step) prepare(consts []*graph.Tensor, opt Options, allowed *op.Allowance) error {
	if st.def.Control != nil {
		c, err := prepareControl(st.node, st.def, consts, opt, allowed)
		if err == nil {
			st.fast = c
		}
		return err
	}
	st.fast = newSingle(st.node, st.def, consts[:len(st.node.Inputs())], opt.Threads, &kernel.Weights{})
	return nil
}

// release notes after which step each value can be released: the last that
// reads it, or the one that computes it when none does. Outputs stay, and so does what
// belongs to whoever runs the schedule: inputs of a subgraph and what it captures.
func (s *schedule) release(captured []*graph.Value) {
	kept := map[int]bool{}
	for _, v := range slices.Concat(s.graph.Outputs, captured) {
		kept[s.slots[v]] = true
	}
	if s.graph.Outer != nil {
		for _, v := range s.graph.Inputs {
			kept[s.slots[v]] = true
		}
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
// there is none or it does not fit these inputs. What it would take, beside the bytes that others take already, is held
// against the memory limit before.
func (st *step) compute(r *lent, in []*graph.Tensor, beside int64) (out []*graph.Tensor, name string, err error) {
	if err := st.def.Hold(st.node, in, beside); err != nil {
		return nil, "", err
	}
	err = kernel.ErrUnfit
	if st.fast != nil {
		out, name, err = st.fast.compute(r, in)
	}
	if errors.Is(err, kernel.ErrUnfit) {
		name = byReference
		out, err = st.def.Eval(st.node, in)
	}
	if err != nil {
		return nil, "", err
	}
	for i, at := range st.out {
		if at >= 0 && (i >= len(out) || out[i] == nil) {
			return nil, "", fmt.Errorf("output %d %q was not computed", i, st.node.Out(i).Name)
		}
	}
	return out, name, nil
}
