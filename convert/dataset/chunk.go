package dataset

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// chunk is the number of elements converted at a time, so that an array is never in memory as
// float64 as a whole.
const chunk = 1 << 14

// parts calls f for consecutive pieces of t, with the index of the first element of each.
func parts(t *graph.Tensor, f func(from int, part *graph.Tensor) error) error {
	size := t.DType().Bits() / 8
	for from := 0; from < t.Len(); from += chunk {
		n := min(chunk, t.Len()-from)
		part, err := graph.FromRaw(t.DType(), []int{n}, t.Raw()[from*size:(from+n)*size])
		if err != nil {
			return err
		}
		if err := f(from, part); err != nil {
			return err
		}
	}
	return nil
}

// each calls f for the numbers of t, piece by piece.
func each(t *graph.Tensor, f func(from int, v []float64) error) error {
	return parts(t, func(from int, part *graph.Tensor) error {
		v, ok := graph.Floats(part)
		if !ok {
			return fmt.Errorf("want numbers, have %v", t.DType())
		}
		return f(from, v)
	})
}

// mapped returns a tensor of type d with the numbers of t as changed by f.
func mapped(t *graph.Tensor, d graph.DType, f func(from int, v []float64) error) (*graph.Tensor, error) {
	bytes := memory.Product(append([]int{d.Bits() / 8}, t.Shape()...)...)
	what := fmt.Sprintf("%v%v as %v", t.DType(), graph.ShapeOf(t.Shape()...), d)
	if err := memory.Hold(what, memory.Sum(bytes, int64(len(t.Raw())))); err != nil {
		return nil, err
	}
	raw := make([]byte, 0, bytes)
	err := each(t, func(from int, v []float64) error {
		if err := f(from, v); err != nil {
			return err
		}
		part, ok := graph.FromFloats(d, v, len(v))
		if !ok {
			return fmt.Errorf("want numbers that %v can hold", d)
		}
		raw = append(raw, part.Raw()...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return graph.FromRaw(d, t.Shape(), raw)
}
