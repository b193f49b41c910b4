package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Select is the samples with these numbers, in this order, of every array, and scalars as they are.
func Select(feeds map[string]*graph.Tensor, samples []int) (map[string]*graph.Tensor, error) {
	n, err := Samples(feeds)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*graph.Tensor, len(feeds))
	for name, t := range feeds {
		if t.Rank() == 0 {
			out[name] = t
			continue
		}
		raw := t.Raw()
		if raw == nil || t.DType().Bits()%8 != 0 {
			return nil, fmt.Errorf("array %q: elements of type %v cannot be taken apart", name, t.DType())
		}
		width := len(raw) / max(1, n)
		chosen := make([]byte, 0, width*len(samples))
		for _, i := range samples {
			if i < 0 || i >= n {
				return nil, fmt.Errorf("sample %d: there are %d", i, n)
			}
			chosen = append(chosen, raw[i*width:(i+1)*width]...)
		}
		shape := append([]int{len(samples)}, t.Shape()[1:]...)
		if out[name], err = graph.FromRaw(t.DType(), shape, chosen); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return out, nil
}
