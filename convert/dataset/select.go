package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Select returns the numbered samples of every array, in the given order, and scalars as they are.
func Select(feeds map[string]*graph.Tensor, samples []int) (map[string]*graph.Tensor, error) {
	if _, err := Samples(feeds); err != nil { // as many in every array
		return nil, err
	}
	var err error
	out := make(map[string]*graph.Tensor, len(feeds))
	for name, t := range feeds {
		if t.Rank() == 0 {
			out[name] = t
			continue
		}
		if out[name], err = t.Select(samples); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return out, nil
}
