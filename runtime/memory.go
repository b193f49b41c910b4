package runtime

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Memory is the number of bytes that a session holds, besides the model itself.
type Memory struct {
	// Activations is the planned memory of the values of one run. Scratch is what kernels need in
	// addition. Concurrent runs each have their own.
	Activations, Scratch int64
	// Weights is the size of the constants that kernels have packed.
	Weights int64
}

// Memory returns the memory for the extents that were run last. Activations and Scratch are 0
// before the first run. They are also 0 if extents depend on the contents of the inputs, because
// there is no plan then.
func (s *Session) Memory() Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := Memory{Weights: s.weights.Bytes()}
	if len(s.made) > 0 {
		if p := s.made[0].program; p != nil {
			m.Activations = 4 * int64(p.memory)
			m.Scratch = 4 * (int64(p.shared) + int64(p.own)*int64(s.options.Threads))
		}
	}
	return m
}

// hold returns an error if a run of the program would exceed the memory limit. It counts the
// planned values, scratch, and values of other types, which are allocated as they are computed and
// stay until the run ends. The error names the largest value.
func hold(g *graph.Graph, p *program, threads int) error {
	total := memory.Product(4, memory.Sum(int64(p.memory), int64(p.shared), memory.Product(int64(p.own), int64(threads))))
	for i, o := range p.outputs {
		if p.direct[i] {
			total = memory.Sum(total, memory.Product(4, int64(o.Len())))
		}
	}
	what, largest := "the values of a run", int64(0)
	for _, n := range g.Nodes {
		for _, v := range n.Outputs() {
			if v == nil || v.Const != nil {
				continue
			}
			bytes, known := v.Type.Bytes()
			if known && v.Type.DType != graph.Float32 {
				total = memory.Sum(total, bytes)
			}
			if bytes > largest {
				largest = bytes
				what = fmt.Sprintf("the values of a run, of which output %q %v of node %s is the largest", v.Name, v.Type, n.Label())
			}
		}
	}
	return memory.Hold(what, total)
}
