package dataset

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// chain is the samples of several sources, one after the other.
type chain struct {
	of   []Source
	ends []int // number of samples up to the end of each
}

// Chain returns a Source of the samples of all the sources, in order. Closing it closes them.
func Chain(sources []Source) Source {
	c := &chain{of: sources}
	n := 0
	for _, s := range sources {
		n += s.Count()
		c.ends = append(c.ends, n)
	}
	return c
}

func (c *chain) Count() int {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

// at returns the source that has a sample, and its number there.
func (c *chain) at(sample int) (k, number int) {
	k, _ = slices.BinarySearch(c.ends, sample+1)
	if k > 0 {
		sample -= c.ends[k-1]
	}
	return k, sample
}

// Read reads each run of samples of one source at once.
func (c *chain) Read(samples []int) (map[string]*graph.Tensor, error) {
	var parts []map[string]*graph.Tensor
	for _, n := range samples {
		if n < 0 || n >= c.Count() {
			return nil, fmt.Errorf("sample %d: there are %d", n, c.Count())
		}
	}
	if len(samples) == 0 && len(c.of) > 0 {
		return c.of[0].Read(nil)
	}
	for rest := samples; len(rest) > 0; {
		k, _ := c.at(rest[0])
		var own []int
		for len(rest) > 0 {
			of, number := c.at(rest[0])
			if of != k {
				break
			}
			own, rest = append(own, number), rest[1:]
		}
		feeds, err := c.of[k].Read(own)
		if err != nil {
			return nil, err
		}
		parts = append(parts, feeds)
	}
	return Joined(parts)
}

// joined concatenates an input along the axis of samples.
func joined(name string, parts []map[string]*graph.Tensor) (*graph.Tensor, error) {
	first := parts[0][name]
	if first.Rank() == 0 {
		return first, nil
	}
	n := 0
	var raw []byte
	for _, p := range parts {
		t := p[name]
		if t == nil {
			return nil, fmt.Errorf("input %q: want it in all files, one has none", name)
		}
		if t.DType() != first.DType() || t.Rank() != first.Rank() || !slices.Equal(t.Shape()[1:], first.Shape()[1:]) {
			return nil, fmt.Errorf("input %q: want samples of one shape to run together, have %v and %v", name, graph.ShapeOf(first.Shape()[1:]...), graph.ShapeOf(t.Shape()[1:]...))
		}
		n += t.Shape()[0]
		raw = append(raw, t.Raw()...)
	}
	return graph.FromRaw(first.DType(), append([]int{n}, first.Shape()[1:]...), raw)
}

// Close closes all sources.
func (c *chain) Close() error {
	var errs []error
	for _, s := range c.of {
		errs = append(errs, closeSource(s))
	}
	return errors.Join(errs...)
}

// beside is the inputs of several sources, sample by sample.
type beside struct{ of []Source }

func (b *beside) Count() int { return b.of[0].Count() }

func (b *beside) Read(samples []int) (map[string]*graph.Tensor, error) {
	out := map[string]*graph.Tensor{}
	for _, s := range b.of {
		feeds, err := s.Read(samples)
		if err != nil {
			return nil, err
		}
		for name, t := range feeds {
			out[name] = t
		}
	}
	return out, nil
}

// Close closes all sources.
func (b *beside) Close() error {
	return (&chain{of: b.of}).Close()
}
