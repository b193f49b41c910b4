package distil

import (
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// flipped returns the feeds with about half of the pictures mirrored left to right. All inputs of a sample that are
// pictures, float32 of four axes, are mirrored together.
func flipped(feeds map[string]*graph.Tensor, rng *rand.Rand) map[string]*graph.Tensor {
	out := make(map[string]*graph.Tensor, len(feeds))
	var mirror []bool
	for name, t := range feeds {
		out[name] = t
		if t.Rank() == 4 && mirror == nil {
			for range t.Shape()[0] {
				mirror = append(mirror, rng.IntN(2) == 1)
			}
		}
	}
	for name, t := range feeds {
		if t.Rank() != 4 || t.DType() != graph.Float32 || t.Shape()[0] != len(mirror) {
			continue
		}
		v := slices.Clone(graph.Data[float32](t))
		width, sample := t.Shape()[3], t.Len()/len(mirror)
		for i, yes := range mirror {
			for at := i * sample; yes && at < (i+1)*sample; at += width {
				slices.Reverse(v[at:][:width])
			}
		}
		out[name] = graph.TensorOf(v, t.Shape()...)
	}
	return out
}
