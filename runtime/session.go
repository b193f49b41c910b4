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

// Options configures a session.
type Options struct {
	Threads   int         // goroutines that compute at a time; 0 means GOMAXPROCS
	Reference bool        // use only the reference evaluation of graph/op, which is slow, as an oracle
	Sparse    Sparse      // how nodes are computed whose weights are partly zero
	Once      bool        // the session runs once: each node is prepared when it is reached, and its preparation is discarded afterwards
	Trace     func(Event) // called after every node of every run; must be safe for concurrent use
	// Taps are values of the model's graph whose contents Tap shows. They are computed as they are
	// in the model; everything else is computed as usual.
	Taps []*graph.Value
	// floats lets inputs that are declared as halves be fed in float32, and returns outputs that are
	// declared as halves in float32: the same numbers without a conversion.
	floats bool
}

// Session is a compiled model. It is safe for concurrent use.
type Session struct {
	model   *graph.Model
	options Options
	arena   *arena
	schedule

	base    *graph.Model  // the model that programs are made from: fused, with constants computed
	allowed *op.Allowance // for constants that can be computed once extents are known
	weights kernel.Weights
	mu      sync.Mutex
	made    []*made                         // programs, the most recently used first
	floats  map[*graph.Tensor]*graph.Tensor // constants that hold halves, in float32
	wholes  map[wholeKey]*graph.Tensor      // integer constants, in float32

	taps  map[string]*graph.Value // Options.Taps by name
	shown map[string]bool         // those that are not constant, whatever is fed

	once     sync.Once
	nodewise schedule // runs node by node with kernels, for feeds that have no program
	failed   error
}

// schedule is a compiled graph: the model's, or a subgraph of a node.
type schedule struct {
	graph   *graph.Graph
	slots   map[*graph.Value]int // where a run keeps each value
	allowed *op.Allowance        // for constants that nodes compute
	fixed   []*graph.Tensor      // by slot, the contents of constants and of inputs with a default
	steps   steps
}

// steps are in execution order.
type steps []step

// step is one node of the schedule.
type step struct {
	node    *graph.Node
	def     *op.Def
	fast    computer // nil for the reference evaluation
	in, out []int    // slots; -1 where the node leaves one out
	release []int    // slots that nothing reads any more
}

// computer computes a node. It returns the outputs and the name of the kernel. The error is
// kernel.ErrUnfit if the reference evaluation must be used instead.
type computer interface {
	compute(r *lent, in []*graph.Tensor) (out []*graph.Tensor, name string, err error)
}

// byReference is the name of the reference evaluation.
const byReference = "reference"

// Compile prepares m, which must not change while the session is in use. An error names the first
// node that cannot be computed and says why.
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
	if op.NamesAxis(m.Graph) {
		m, _ = m.Clone()
		if err := op.AlignBroadcasts(m.Graph); err != nil {
			return nil, err
		}
	}
	allowed := op.NewAllowance(m.Graph)
	if opt.Once {
		allowed = op.NoAllowance() // constants computed now would stay in memory to the end
	}
	taps := make(map[string]*graph.Value, len(opt.Taps))
	for _, v := range opt.Taps {
		taps[v.Name] = v
	}
	s := &Session{model: m, options: opt, taps: taps, arena: newArena(), schedule: schedule{allowed: allowed}}
	// This finds what can run and what is constant. Kernels are chosen later, when it is known how
	// the model is run.
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

// Runs returns the error that Compile would return because m cannot be run, or nil. It does not
// prepare m to run.
func Runs(m *graph.Model) error {
	_, err := Compile(m, Options{Reference: true})
	return err
}

// Model returns the model that the session was compiled from. If that calls functions of its own,
// Model returns a copy with the calls inlined.
func (s *Session) Model() *graph.Model { return s.model }

// Choices reports how the nodes whose weights are partly zero are computed for the extents that
// were run last. There are none before the first run or if Options.Sparse is SparseNever.
func (s *Session) Choices() []Choice {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) == 0 || s.made[0].program == nil {
		return nil
	}
	return slices.Clone(s.made[0].program.choices)
}

// compile prepares g, whose nodes read the captured values of enclosing graphs. Consts holds the
// contents of those that never change.
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

// slot returns the slot of v, which it assigns on the first call.
func (s *schedule) slot(v *graph.Value, contents *graph.Tensor) int {
	if i, ok := s.slots[v]; ok {
		return i
	}
	s.slots[v] = len(s.fixed)
	s.fixed = append(s.fixed, contents)
	return len(s.fixed) - 1
}

// addNode schedules n, or computes it now if all its inputs are constant.
func (s *schedule) addNode(n *graph.Node, constant map[int]bool, opt Options) error {
	st := step{node: n, def: op.Lookup(n)}
	if st.def == nil {
		return fmt.Errorf("%s", op.Why(n))
	}
	if err := st.def.Check(n); err != nil {
		return err
	}
	all := st.def.Control == nil // a loop may take long, or never end
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
	if !opt.Reference || st.def.Control != nil { // subgraphs are compiled for the reference evaluation too, to find out now what cannot run
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

// prepare chooses how the step is computed: by a kernel, by its compiled subgraphs, or by the
// reference evaluation.
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

// release determines after which step each value can be released: the last step that reads it, or
// the one that computes it if none does. Outputs stay, and so do the values that belong to the
// caller of the schedule: the inputs of a subgraph and the values it captures.
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

// compute runs the step by its kernel, or by the reference evaluation if there is no kernel or it
// does not fit these inputs. It first checks the memory that the step would take, with the bytes
// that others already hold, against the memory limit.
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
