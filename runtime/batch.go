package runtime

import (
	"fmt"
	"maps"

	"github.com/pollard-dev/pollard/graph"
)

// Inputs are samples that Compare and Stream read a batch at a time.
type Inputs interface {
	// Count returns the number of samples.
	Count() int
	// Read returns samples from (inclusive) to to (exclusive) by input name.
	Read(from, to int) (map[string]*graph.Tensor, error)
}

// Held returns samples in memory as Inputs of s. Inputs whose axis 0 does not count samples go with
// every batch.
func Held(s *Session, inputs map[string]*graph.Tensor) (Inputs, error) {
	total := -1
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue // Run reports what is wrong, if anything
		}
		n := t.Shape()[0]
		if total >= 0 && n != total {
			return nil, fmt.Errorf("input %q: want %d samples on axis 0 as the others have, have %d", v.Name, total, n)
		}
		total = n
	}
	return &held{s, inputs, max(0, total)}, nil
}

type held struct {
	session *Session
	inputs  map[string]*graph.Tensor
	total   int
}

func (h *held) Count() int { return h.total }

func (h *held) Read(from, to int) (map[string]*graph.Tensor, error) {
	return h.session.batch(h.inputs, from, to)
}

// each returns how many of the samples to feed at a time: batch, or the batch size the model was
// exported for if that is fixed.
func (s *Session) each(samples, batch int) (int, error) {
	for _, v := range s.batched() {
		if v.Type.Shape == nil {
			continue
		}
		if fixed, known := v.Type.Shape[0].Value(); known {
			if fixed == 0 || samples%fixed != 0 {
				return 0, fmt.Errorf("input %q: %d samples do not divide into batches of %d, which the model wants", v.Name, samples, fixed)
			}
			batch = fixed
		}
	}
	switch {
	case samples <= 0:
		return 0, fmt.Errorf("no samples: want inputs with samples on axis 0")
	case batch < 1:
		return 0, fmt.Errorf("batch: want a positive number, have %d", batch)
	}
	return batch, nil
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
