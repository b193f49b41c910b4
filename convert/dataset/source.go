package dataset

import (
	"fmt"
	"io"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// Source is a set of samples that are read where they are needed, so that their number takes no
// memory. A sample may be read any number of times, and reading may be slow.
type Source interface {
	// Count returns the number of samples.
	Count() int
	// Read returns the samples with the given numbers, in that order, as inputs of a model by name:
	// converted to their types and checked. The first axis of each input counts the samples; an input
	// without axes goes with every sample. Without numbers it returns inputs of no samples.
	//
	// Read may be called from several goroutines at once. What it returns may be shared with other
	// callers and must not be changed. The error of a sample that cannot be used is a *ReadError.
	Read(samples []int) (map[string]*graph.Tensor, error)
}

// ReadError is the error of samples that cannot be read or used. Its text begins with the name of
// their file.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// ReadRange returns samples from to to-1.
func ReadRange(s Source, from, to int) (map[string]*graph.Tensor, error) {
	if n := s.Count(); from < 0 || to < from || to > n {
		return nil, fmt.Errorf("samples %d to %d: there are %d", from, to, n)
	}
	samples := make([]int, to-from)
	for i := range samples {
		samples[i] = from + i
	}
	return s.Read(samples)
}

// Held returns a Source of samples in memory: arrays by input name, whose first axes count samples.
func Held(feeds map[string]*graph.Tensor) (Source, error) {
	n, err := Samples(feeds)
	if err != nil {
		return nil, err
	}
	return &held{feeds, n}, nil
}

type held struct {
	feeds map[string]*graph.Tensor
	count int
}

func (h *held) Count() int { return h.count }

// Read copies samples that do not lie together.
func (h *held) Read(samples []int) (map[string]*graph.Tensor, error) {
	if n := len(samples); runOf(samples) == n && n > 0 {
		if n == h.count && samples[0] == 0 {
			return h.feeds, nil
		}
		return Subset(h.feeds, samples[0], samples[0]+n)
	}
	return Select(h.feeds, samples)
}

// runOf returns how many of the first samples have consecutive numbers.
func runOf(samples []int) int {
	n := min(1, len(samples))
	for n < len(samples) && samples[n] == samples[n-1]+1 {
		n++
	}
	return n
}

// Part returns a Source of the samples of s with the given numbers, in that order. Sources with a method
// Part make it themselves.
func Part(s Source, samples []int) Source {
	if own, is := s.(interface{ Part(samples []int) Source }); is {
		return own.Part(samples)
	}
	return &part{s, samples}
}

type part struct {
	of      Source
	samples []int
}

func (p *part) Count() int { return len(p.samples) }

func (p *part) Read(samples []int) (map[string]*graph.Tensor, error) {
	of := make([]int, len(samples))
	for i, n := range samples {
		if n < 0 || n >= len(p.samples) {
			return nil, fmt.Errorf("sample %d: there are %d", n, len(p.samples))
		}
		of[i] = p.samples[n]
	}
	return p.of.Read(of)
}

// Alone reports what the whole does.
func (p *part) Alone() bool { return Alone(p.of) }

// Close closes the whole.
func (p *part) Close() error { return closeSource(p.of) }

// closeSource closes a source that wants that.
func closeSource(s Source) error {
	if c, ok := s.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// numbering holds the numbers of samples for errors; nil counts from 0.
type numbering []int

func (n numbering) of(i int) int {
	if n == nil {
		return i
	}
	return n[i]
}

// at returns the position of the i-th element of an array of the given extents, whose first axis
// counts samples.
func (n numbering) at(i int, dims []int) []int {
	p := slices.Clone(graph.Position(i, dims))
	if len(p) > 0 {
		p[0] = n.of(p[0])
	}
	return p
}
