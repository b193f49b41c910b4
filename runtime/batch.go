package runtime

import (
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/graph"
)

// samples returns the number of samples in the inputs and the number to feed at a time. The latter
// is batch, or the batch size the model was exported for if that is fixed.
func (s *Session) samples(inputs map[string]*graph.Tensor, batch int) (total, each int, err error) {
	total, each = -1, batch
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue // Run reports what is wrong, if anything
		}
		n := t.Shape()[0]
		if total >= 0 && n != total {
			return 0, 0, fmt.Errorf("input %q: want %d samples on axis 0 as the others have, have %d", v.Name, total, n)
		}
		total = n
		if v.Type.Shape == nil {
			continue
		}
		if fixed, known := v.Type.Shape[0].Value(); known {
			if fixed == 0 || n%fixed != 0 {
				return 0, 0, fmt.Errorf("input %q: %d samples do not divide into batches of %d, which the model wants", v.Name, n, fixed)
			}
			each = fixed
		}
	}
	switch {
	case total <= 0:
		return 0, 0, fmt.Errorf("no samples: want inputs with samples on axis 0")
	case each < 1:
		return 0, 0, fmt.Errorf("batch: want a positive number, have %d", batch)
	}
	return total, each, nil
}

// batched returns the inputs whose axis 0 counts samples: those whose extent there is not fixed, or
// all of them if every one is fixed.
func (s *Session) batched() (values []*graph.Value) {
	for _, open := range []bool{true, false} {
		for _, v := range s.model.Graph.Inputs {
			if len(v.Type.Shape) == 0 && v.Type.Shape != nil || v.Const != nil {
				continue
			}
			if !open || v.Type.Shape == nil || !v.Type.Shape[0].Known() {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			break
		}
	}
	return values
}

// batch returns the samples from (inclusive) to to (exclusive) of the batched inputs, and the other
// inputs whole.
func (s *Session) batch(inputs map[string]*graph.Tensor, from, to int) (map[string]*graph.Tensor, error) {
	feeds := maps.Clone(inputs)
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue
		}
		if t.DType().Bits() < 8 {
			return nil, fmt.Errorf("input %q: samples of type %v are not supported", v.Name, t.DType())
		}
		size := len(t.Raw()) / t.Shape()[0]
		part, err := graph.FromRaw(t.DType(), append([]int{to - from}, t.Shape()[1:]...), t.Raw()[from*size:to*size])
		if err != nil {
			return nil, err
		}
		feeds[v.Name] = part
	}
	return feeds, nil
}
