package runtime

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// lent is what a run lends to the nodes that it computes one by one.
type lent struct {
	threads int
	memory  buffers
	context context.Context
	job     job
}

// buffers hands out float32 buffers with unspecified contents and takes them back. It is safe for
// concurrent use.
type buffers interface {
	Get(n int) []float32
	Put([]float32)
}

// single is a node computed by itself, by the kernel that programs use for it, bound for the
// extents at hand.
type single struct {
	node    *graph.Node
	def     *op.Def
	consts  []*graph.Tensor // by input, where the contents never change
	threads int
	weights *kernel.Weights
	binds   bool // the operator has kernels

	mu      sync.Mutex
	made    []*bounded  // the most recently used first
	numbers bool        // no kernel binds without knowing inputs of a few numbers
	apart   *graph.Node // the node by itself, as binders see it

	halves halves
}

func newSingle(n *graph.Node, def *op.Def, consts []*graph.Tensor, threads int, weights *kernel.Weights) *single {
	return &single{node: n, def: def, consts: consts, threads: threads, weights: weights, binds: kernel.Binds(n)}
}

// fewNumbers is the most integers that an input known at binding may have, such as extents, axes or
// positions.
const fewNumbers = 64

// compute returns the outputs and the name of the kernel. The error is kernel.ErrUnfit if there is
// no kernel for these inputs.
func (s *single) compute(r *lent, in []*graph.Tensor) ([]*graph.Tensor, string, error) {
	in = in[:len(s.node.Inputs())]
	if slices.ContainsFunc(in, func(t *graph.Tensor) bool { return t != nil && t.DType().IsHalf() }) {
		return s.computeHalves(r, in)
	}
	if !s.binds || !slices.ContainsFunc(in, func(t *graph.Tensor) bool { return t != nil && t.DType() == graph.Float32 }) {
		return nil, "", kernel.ErrUnfit // no kernel computes with other types alone
	}
	return s.computeBound(r, in)
}

func (s *single) computeBound(r *lent, in []*graph.Tensor) ([]*graph.Tensor, string, error) {
	k, err := s.bind(in)
	if err != nil {
		return nil, "", err
	}
	out, fits := k.run(r, in)
	if !fits {
		return nil, "", kernel.ErrUnfit
	}
	for len(out) < len(s.node.Outputs()) {
		out = append(out, nil)
	}
	return out, k.kernel.Name, nil
}

// bind returns the kernel for inputs like these.
func (s *single) bind(in []*graph.Tensor) (*bounded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.made, func(b *bounded) bool { return b.is(in, s.consts) })
	if at < 0 {
		b, err := s.make(in)
		if err != nil {
			return nil, err
		}
		s.made = slices.Insert(s.made, 0, b)
		s.made = s.made[:min(len(s.made), mostMade)]
	} else if at > 0 {
		b := s.made[at]
		copy(s.made[1:at+1], s.made[:at])
		s.made[0] = b
	}
	b := s.made[0]
	if b.kernel != nil {
		return b, nil
	}
	if !b.renewed {
		return nil, kernel.ErrUnfit
	}
	fresh, err := s.renew(in)
	if errors.Is(err, kernel.ErrUnfit) {
		b.renewed = false
	}
	return fresh, err
}

// make binds the node for inputs like these. It uses only constant contents if that is enough, and
// otherwise also inputs of a few numbers.
func (s *single) make(in []*graph.Tensor) (*bounded, error) {
	constant, few := make([]*graph.Tensor, len(in)), make([]*graph.Tensor, len(in))
	computed, more := false, false
	for i, t := range in {
		switch {
		case t == nil:
		case i < len(s.consts) && s.consts[i] != nil:
			constant[i], few[i] = t, t
		case t.DType() == graph.Int64 && t.Len() <= fewNumbers:
			few[i], more = copied(t), true
		default:
			computed = computed || i > 0
		}
	}
	b, err := (*bounded)(nil), kernel.ErrUnfit
	if !s.numbers || !more {
		b, err = s.bound(in, constant, s.weights)
	}
	if errors.Is(err, kernel.ErrUnfit) && more {
		b, err = s.bound(in, few, s.weights)
		s.numbers = err == nil
	}
	if errors.Is(err, kernel.ErrUnfit) {
		b.renewed, err = computed, nil
	}
	return b, err
}

// renew binds the node for these inputs alone: all inputs but the first are taken as constant.
func (s *single) renew(in []*graph.Tensor) (*bounded, error) {
	known := slices.Clone(in)
	if len(s.consts) == 0 || s.consts[0] == nil {
		known[0] = nil
	}
	return s.bound(in, known, nil)
}
