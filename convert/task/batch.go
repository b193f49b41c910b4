package task

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Batch is what two models computed of the same samples.
type Batch struct {
	First, Count int // the number of the first sample, and how many there are
	Feeds        map[string]*graph.Tensor
	// Outputs are those of the original and of the pruned model, by name.
	Outputs [2]map[string]*graph.Tensor
}

// array is an output for one sample, in row-major order.
type array struct {
	shape []int
	data  []float64
}

// each returns the named output of a model as one array for each sample. The output of a single
// sample may lack the axis that counts them.
func (b *Batch) each(model int, name string) ([]array, error) {
	t := b.Outputs[model][name]
	if t == nil {
		return nil, fmt.Errorf("output %q: is not a tensor", name)
	}
	x, err := numbers(t)
	if err != nil {
		return nil, fmt.Errorf("output %q: %w", name, err)
	}
	shape := t.Shape()
	switch {
	case len(shape) > 0 && shape[0] == b.Count:
		shape = shape[1:]
	case b.Count != 1:
		return nil, fmt.Errorf("output %q: want %d samples on axis 0, have %v", name, b.Count, shape)
	}
	parts, width := make([]array, b.Count), len(x)/b.Count
	for i := range parts {
		parts[i] = array{shape, x[i*width : (i+1)*width]}
	}
	return parts, nil
}

// numbers returns the elements of a tensor of floats, whole numbers or booleans.
func numbers(t *graph.Tensor) ([]float64, error) {
	if x, ok := graph.Floats(t); ok {
		return x, nil
	}
	if n, ok := graph.Ints(t); ok {
		x := make([]float64, len(n))
		for i, v := range n {
			x[i] = float64(v)
		}
		return x, nil
	}
	if t.DType() == graph.Bool {
		x := make([]float64, t.Len())
		for i, v := range graph.Data[bool](t) {
			if v {
				x[i] = 1
			}
		}
		return x, nil
	}
	return nil, fmt.Errorf("want numbers, have %v", t.DType())
}

// largest returns the index of the largest element, the first if there are several.
func largest(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
