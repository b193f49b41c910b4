package runtime

import (
	"context"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// Stepper computes single nodes: what a pass asks for when it walks through a model and
// changes it on the way. It remembers how the last node was prepared, because a node is
// computed for one batch after the other.
type Stepper struct {
	threads int
	scratch scratch

	mu     sync.Mutex
	last   *step
	consts []*graph.Tensor
}

// NewStepper makes a stepper that computes on so many threads; 0 is GOMAXPROCS.
func NewStepper(threads int) *Stepper {
	if threads <= 0 {
		threads = goruntime.GOMAXPROCS(0)
	}
	return &Stepper{threads: threads, scratch: scratch{newArena()}}
}

// Step computes the outputs of n from what it reads, as graph.Node.Reads lists it: its inputs, nil where it
// leaves one out, and what its subgraphs capture. It writes no input. An output may be a view of an input.
func (s *Stepper) Step(ctx context.Context, n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := s.prepare(n)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Label(), err)
	}
	out, err := st.compute(&kernel.Run{Threads: s.threads, Memory: s.scratch, Context: ctx}, in, 0)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.Label(), err)
	}
	return out, nil
}

// prepare gives the step of n with its constant inputs as they are now.
func (s *Stepper) prepare(n *graph.Node) (*step, error) {
	reads := n.Reads()
	consts := make([]*graph.Tensor, len(reads))
	for i, v := range reads {
		if v != nil && v.Const != nil && !v.IsInput() {
			consts[i] = v.Const
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.last.node == n && slices.Equal(s.consts, consts) {
		return s.last, nil
	}
	st := &step{node: n, def: op.Lookup(n)}
	if st.def == nil {
		return nil, fmt.Errorf("%s", op.Why(n))
	}
	if err := st.def.Check(n); err != nil {
		return nil, err
	}
	if err := st.prepare(consts, Options{Threads: s.threads}, op.NewAllowance(nil)); err != nil {
		return nil, err
	}
	for i, v := range n.Outputs() {
		if v == nil {
			i = -1
		}
		st.out = append(st.out, i)
	}
	s.last, s.consts = st, consts
	return st, nil
}

// scratch is a kernel.Memory that uses again what kernels put back; what they return as outputs
// belongs to the caller and goes the way of all memory.
type scratch struct{ arena *arena }

func (s scratch) Get(n int) []float32 { return s.arena.get(n) }
func (s scratch) Put(b []float32)     { s.arena.put(b) }
