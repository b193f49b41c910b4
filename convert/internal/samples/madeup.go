package samples

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
	"github.com/pollard-dev/pollard/graph/op"
)

// MadeUp returns a source of at least the given number of synthetic inputs for m. A model that was
// exported for a fixed batch gets several batches, so that its repair learns from as many samples as
// that of any other.
func MadeUp(m *graph.Model, dims map[string]int, samples int, seed uint64) (dataset.Source, error) {
	takes := taken(m, dims)
	made, err := synthetic(m, dims, takes, samples, seed)
	if err != nil {
		return nil, err
	}
	if dataset.Apart(m.Graph.Inputs) {
		return &sets{m, dims, takes, seed, samples}, nil
	}
	each, err := dataset.Samples(made)
	if err != nil {
		return nil, err
	}
	if blocks := (samples + each - 1) / max(1, each); BatchOf(m).Fixed && blocks > 1 {
		if made, err = joined(m, dims, takes, made, blocks, seed); err != nil {
			return nil, err
		}
	}
	return dataset.Held(made)
}

// joined returns several blocks of synthetic inputs, of which the first is made already, one after
// another.
func joined(m *graph.Model, dims map[string]int, takes map[string]*op.Interval, first map[string]*graph.Tensor, blocks int, seed uint64) (map[string]*graph.Tensor, error) {
	total := int64(0)
	for _, t := range first {
		total = memory.Sum(total, memory.Product(t.Bytes(), int64(blocks)))
	}
	if err := memory.Hold(fmt.Sprintf("%d made-up batches", blocks), total); err != nil {
		return nil, err
	}
	raw := map[string][]byte{}
	for k := range blocks {
		made := first
		if k > 0 {
			var err error
			if made, err = synthetic(m, dims, takes, 0, blockSeed(seed, k)); err != nil {
				return nil, err
			}
		}
		for name, t := range made {
			if t.Rank() > 0 || k == 0 {
				raw[name] = append(raw[name], t.Raw()...)
			}
		}
	}
	out := map[string]*graph.Tensor{}
	for name, t := range first {
		shape := append([]int{}, t.Shape()...)
		if len(shape) > 0 {
			shape[0] *= blocks
		}
		var err error
		if out[name], err = graph.FromRaw(t.DType(), shape, raw[name]); err != nil {
			return nil, fmt.Errorf("input %q: %w", name, err)
		}
	}
	return out, nil
}

// sets is synthetic sets of inputs that are dataset.Apart, made as they are read.
type sets struct {
	model *graph.Model
	dims  map[string]int
	takes map[string]*op.Interval
	seed  uint64
	count int
}

func (s *sets) Count() int { return s.count }

func (s *sets) Read(samples []int) (map[string]*graph.Tensor, error) {
	if len(samples) != 1 || samples[0] < 0 || samples[0] >= s.count {
		return nil, fmt.Errorf("want one of %d sets of inputs, have the numbers %v", s.count, samples)
	}
	return synthetic(s.model, s.dims, s.takes, 1, blockSeed(s.seed, samples[0]))
}

// blockSeed returns the seed of a block of synthetic inputs.
func blockSeed(seed uint64, block int) uint64 { return seed ^ uint64(block)*0x9e3779b97f4a7c15 }
