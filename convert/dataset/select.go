package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Select returns the numbered samples of every array, in the given order, and scalars as they are.
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
			return nil, fmt.Errorf("array %q: cannot split elements of type %v", name, t.DType())
		}
		width := len(raw) / max(1, n)
		chosen := make([]byte, 0, width*len(samples))
		for _, i := range samples {
			if i < 0 || i >= n {
				return nil, fmt.Errorf("want samples below %d, have %d", n, i)
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
