package dataset

import (
	"fmt"
	"iter"

	"github.com/pollard-dev/pollard/graph"
)

// Samples returns the extent of the first axis, which all feeds must share. Scalars have none and
// go with every sample.
func Samples(feeds map[string]*graph.Tensor) (int, error) {
	samples := -1
	for _, name := range sortedNames(feeds) {
		t := feeds[name]
		switch {
		case t.Rank() == 0:
			continue
		case samples < 0:
			samples = t.Shape()[0]
		case t.Shape()[0] != samples:
			return 0, fmt.Errorf("array %q: want %d samples as the others have, have %d", name, samples, t.Shape()[0])
		}
	}
	return max(0, samples), nil
}

// Subset returns samples from to to-1 of every array, sharing their elements, and scalars as they
// are.
func Subset(feeds map[string]*graph.Tensor, from, to int) (map[string]*graph.Tensor, error) {
	n, err := Samples(feeds)
	if err != nil {
		return nil, err
	}
	if from < 0 || to < from || to > n {
		return nil, fmt.Errorf("samples %d to %d: there are %d", from, to, n)
	}
	out := make(map[string]*graph.Tensor, len(feeds))
	for name, t := range feeds {
		if t.Rank() == 0 {
			out[name] = t
			continue
		}
		if out[name], err = rows(t, from, to); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
	}
	return out, nil
}

// rows returns positions from to to-1 of the first axis of t.
func rows(t *graph.Tensor, from, to int) (*graph.Tensor, error) {
	shape := append([]int{to - from}, t.Shape()[1:]...)
	raw := t.Raw()
	if raw == nil || t.DType().Bits()%8 != 0 {
		return nil, fmt.Errorf("cannot split elements of type %v", t.DType())
	}
	width := 0
	if t.Shape()[0] > 0 {
		width = len(raw) / t.Shape()[0]
	}
	return graph.FromRaw(t.DType(), shape, raw[from*width:to*width])
}

// Subset returns samples from to to-1 with their labels.
func (s *Set) Subset(from, to int) (*Set, error) {
	arrays, err := Subset(s.Arrays, from, to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.file, err)
	}
	out := &Set{Arrays: arrays, file: s.file}
	if s.Labels != nil {
		if to > len(s.Labels) {
			return nil, fmt.Errorf("%s: samples %d to %d: there are %d labels", s.file, from, to, len(s.Labels))
		}
		out.Labels = s.Labels[from:to]
	}
	return out, nil
}

// Batches yields the feeds size samples at a time, the last batch possibly shorter. It stops after
// an error.
func Batches(feeds map[string]*graph.Tensor, size int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		n, err := Samples(feeds)
		if err == nil && size < 1 {
			err = fmt.Errorf("batch size: want a positive number, have %d", size)
		}
		for from := 0; err == nil && from < n; from += size {
			b := Batch{First: from, Count: min(size, n-from)}
			if b.Feeds, err = Subset(feeds, from, from+b.Count); err == nil && !yield(b, nil) {
				return
			}
		}
		if err != nil {
			yield(Batch{}, err)
		}
	}
}

// Batch is a run of consecutive samples.
type Batch struct {
	First, Count int // index of the first sample, number of samples
	Feeds        map[string]*graph.Tensor
}
