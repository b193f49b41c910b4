package passes

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Batches are calibration inputs that are read when they are needed, so that their number takes no
// memory. The first axis of each input counts samples.
type Batches interface {
	// Len returns the number of batches.
	Len() int
	// Samples returns the number of samples in batch i.
	Samples(i int) int
	// Read returns the inputs of batch i by name, or of some of its samples; nil stands for all of
	// them. Read may be called several times for a batch.
	Read(i int, some []int) (map[string]*graph.Tensor, error)
}

// Held are batches in memory.
type Held []map[string]*graph.Tensor

// Len returns the number of batches.
func (h Held) Len() int { return len(h) }

// Samples counts the samples of batch i by the first of its inputs, in the order of their names,
// that has an axis.
func (h Held) Samples(i int) int {
	for _, name := range slices.Sorted(maps.Keys(h[i])) {
		if t := h[i][name]; t != nil && t.Rank() > 0 {
			return t.Shape()[0]
		}
	}
	return 1
}

// Read returns batch i or some of its samples. An input without axes is the same for all samples.
func (h Held) Read(i int, some []int) (map[string]*graph.Tensor, error) {
	if some == nil {
		return h[i], nil
	}
	out := make(map[string]*graph.Tensor, len(h[i]))
	for name, t := range h[i] {
		if t == nil || t.Rank() == 0 {
			out[name] = t
			continue
		}
		s, err := t.Select(some)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", name, err)
		}
		out[name] = s
	}
	return out, nil
}
