package dataset

import (
	"errors"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// Paired returns a Source in which the samples of two sources take turns: sample 2i is sample i of
// first, and 2i+1 that of second. Closing it closes both.
func Paired(first, second Source) (Source, error) {
	if a, b := first.Count(), second.Count(); a != b {
		return nil, fmt.Errorf("pairs: want %d samples, as many as of the first halves, have %d", a, b)
	}
	sameLength(first, second)
	return &paired{first, second}, nil
}

type paired struct{ first, second Source }

func (p *paired) Count() int { return 2 * p.first.Count() }

// Read reads the samples of either side at once and puts them in order.
func (p *paired) Read(samples []int) (map[string]*graph.Tensor, error) {
	var sides [2][]int
	for _, n := range samples {
		if n < 0 || n >= p.Count() {
			return nil, fmt.Errorf("sample %d: there are %d", n, p.Count())
		}
		sides[n%2] = append(sides[n%2], n/2)
	}
	a, err := p.first.Read(sides[0])
	if err != nil {
		return nil, err
	}
	b, err := p.second.Read(sides[1])
	if err != nil {
		return nil, err
	}
	feeds := make(map[string]*graph.Tensor, len(a))
	for name, t := range a {
		if feeds[name], err = merged(t, b[name], samples); err != nil {
			return nil, &ReadError{fmt.Errorf("pairs: array %q: %w", name, err)}
		}
	}
	return feeds, nil
}

// merged returns the samples of both sides in the order of their numbers.
func merged(a, b *graph.Tensor, samples []int) (*graph.Tensor, error) {
	if b == nil || a.DType() != b.DType() || a.Rank() != b.Rank() || a.DType().Bits()%8 != 0 {
		return nil, errors.New("the other halves are of another form")
	}
	if a.Rank() == 0 || len(samples) == 0 {
		return a, nil
	}
	sides := [2]*graph.Tensor{a, b}
	shape := append([]int{len(samples)}, a.Shape()[1:]...)
	if a.Shape()[0] == 0 {
		shape = append([]int{len(samples)}, b.Shape()[1:]...)
	}
	for _, s := range sides {
		if s.Shape()[0] > 0 && fmt.Sprint(s.Shape()[1:]) != fmt.Sprint(shape[1:]) {
			return nil, fmt.Errorf("samples have the extents %v and %v", a.Shape()[1:], b.Shape()[1:])
		}
	}
	var raw []byte
	var next [2]int
	width := 0
	for _, n := range samples {
		s := sides[n%2]
		width = len(s.Raw()) / s.Shape()[0]
		raw = append(raw, s.Raw()[next[n%2]*width:(next[n%2]+1)*width]...)
		next[n%2]++
	}
	return graph.FromRaw(a.DType(), shape, raw)
}

// Close closes both.
func (p *paired) Close() error { return errors.Join(closeSource(p.first), closeSource(p.second)) }
