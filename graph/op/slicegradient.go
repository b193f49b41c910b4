package op

import (
	"github.com/pollard-dev/pollard/graph"
)

// gradSlice puts the gradient back among zeros.
func gradSlice(b *Backward) error {
	if !b.wants(0) {
		return nil
	}
	x := b.dims(b.in(0))
	entries, ok, err := sliceEntries(b.Node, len(x))
	if err != nil {
		return err
	}
	g := b.grad(0)
	pads, padded := make([]int, 2*len(x)), false
	for _, s := range entries {
		size := x[s.axis]
		first, count, step, known := s.numbers(size)
		if !ok || !known {
			return noGradient("which positions it takes is known at run time only")
		}
		if step == 1 || count == 1 {
			pads[s.axis], pads[len(x)+s.axis] = first, size-first-count
			padded = padded || count != size
			continue
		}
		at := make([]int, count)
		for i := range at {
			at[i] = first + i*step
		}
		g = b.own("GatherGradient", []*graph.Value{g, b.ints(at...)}, graph.IntAttr("axis", s.axis), graph.IntAttr("extent", size))
	}
	if !ok {
		return noGradient("the axes it slices are known at run time only")
	}
	if padded {
		g = b.add("Pad", []*graph.Value{g, b.ints(pads...)})
	}
	b.set(0, g)
	return nil
}
