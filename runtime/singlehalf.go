package runtime

import (
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// halves is what a node by itself keeps to compute half precision in float32.
type halves struct {
	mu     sync.Mutex
	consts []*graph.Tensor // by input, those constants in float32
	types  []graph.DType   // the types of the outputs
}

// computeHalves computes the node in float32 from inputs some of which hold halves, and rounds the
// outputs that are halves.
func (s *single) computeHalves(r *lent, in []*graph.Tensor) ([]*graph.Tensor, string, error) {
	if !s.binds || !computesWide(s.node) {
		return nil, "", kernel.ErrUnfit
	}
	if s.node.Op == "Cast" { // the kernel itself converts
		return s.computeBound(r, in)
	}
	types, wide := s.widened(in)
	if types == nil {
		return nil, "", kernel.ErrUnfit
	}
	out, name, err := s.computeBound(r, wide)
	if err != nil {
		return nil, "", err
	}
	for i, t := range out {
		if t == nil || i >= len(types) || !types[i].IsHalf() {
			continue
		}
		h := graph.NewTensor(types[i], t.Shape()...)
		r.job.run(ceilDiv(t.Len(), halfPiece), r.threads, func(_, lo, hi int) {
			from, to := lo*halfPiece, min(t.Len(), hi*halfPiece)
			graph.Narrow(h, from, graph.Data[float32](t)[from:to])
		})
		r.memory.Put(graph.Data[float32](t))
		out[i] = h
	}
	return out, name, nil
}

// halfPiece is how many numbers one worker rounds at a time.
const halfPiece = 1 << 14

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// widened returns the types of the outputs and the inputs with float32 for halves. There are no types
// if inference finds none.
func (s *single) widened(in []*graph.Tensor) (types []graph.DType, wide []*graph.Tensor) {
	s.halves.mu.Lock()
	defer s.halves.mu.Unlock()
	if s.halves.types == nil {
		n := s.def.Predict(s.node, in)
		if n == nil {
			return nil, nil
		}
		s.halves.types = []graph.DType{}
		for _, v := range n.Outputs() {
			d := graph.Undefined
			if v != nil {
				d = v.Type.DType
			}
			s.halves.types = append(s.halves.types, d)
		}
		s.halves.consts = make([]*graph.Tensor, len(in))
		for i, t := range in {
			if i < len(s.consts) && s.consts[i] != nil {
				s.halves.consts[i] = graph.Widened(t)
			}
		}
	}
	wide = make([]*graph.Tensor, len(in))
	for i, t := range in {
		if wide[i] = s.halves.consts[i]; wide[i] == nil {
			wide[i] = graph.Widened(t)
		}
	}
	return s.halves.types, wide
}
