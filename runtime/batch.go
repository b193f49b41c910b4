package runtime

import (
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/graph"
)

// samples is the number of samples that the inputs hold and how many are fed at a time: batch, or
// what the model was exported for where that is a number.
func (s *Session) samples(inputs map[string]*graph.Tensor, batch int) (total, each int, err error) {
	total, each = -1, batch
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue // Run says what is wrong, if anything is
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

// batched are the inputs whose axis 0 counts samples: those where its extent is open or, when
// it is a number in all of them, all.
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

// batch is the samples from up to, not including, to of the batched inputs, and the others whole.
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
