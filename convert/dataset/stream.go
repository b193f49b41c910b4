package dataset

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// Stream reads the samples of a file batch by batch, bound to the inputs of a model. Its memory
// depends on the batch, not on the file; only column-major arrays are held as a whole. It accepts
// what Load accepts and yields what Load, Bind and Batches would, without labels. Numbers are
// checked as they are read.
type Stream struct {
	// Samples is the number of samples.
	Samples int

	path    string
	opt     Options
	inputs  []*graph.Value
	sources []*source // those that feed inputs
	// constants go with every sample.
	constants map[string]*graph.Tensor
}

// Open reads the headers of the file at path and matches its arrays to the inputs as Bind does.
func Open(path string, opt Options, inputs []*graph.Value) (*Stream, error) {
	s := &Stream{path: path, opt: opt, inputs: inputs, Samples: -1, constants: map[string]*graph.Tensor{}}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Stream) open() error {
	a, err := openArchive(s.path)
	if err != nil {
		return err
	}
	defer a.close()
	names, err := a.match(s.opt, s.inputs)
	if err != nil {
		return err
	}
	for _, name := range names {
		src, err := a.source(name)
		if err != nil {
			return err
		}
		if err := s.add(src); err != nil {
			if name == "" {
				return err
			}
			return fmt.Errorf("array %q: %w", name, err)
		}
		a.detach(src)
	}
	s.Samples = max(0, s.Samples)
	return nil
}

// add adds a source to those that batches are read from. A scalar, which goes with every sample, is
// read now.
func (s *Stream) add(src *source) error {
	scalar := func(v *graph.Value) bool {
		return (v.Name == src.name || src.name == "") && v.Type.Shape != nil && len(v.Type.Shape) == 0
	}
	if slices.ContainsFunc(s.inputs, scalar) {
		t, err := src.all(0)
		if err == nil {
			t, err = s.opt.numbers(arrayLabel(src.name, s.inputs), t, src.isIDX, 0)
		}
		s.constants[src.name] = t
		return err
	}
	if n := src.shape[0]; s.Samples < 0 {
		s.Samples = n
	} else if n != s.Samples {
		return fmt.Errorf("want %d samples as the others have, have %d", s.Samples, n)
	}
	s.sources = append(s.sources, src)
	if src.columnMajor() {
		return src.hold()
	}
	return nil
}

// Batches yields samples from to to-1, size at a time, the last batch possibly shorter. It stops
// after an error.
func (s *Stream) Batches(from, to, size int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		err := s.batches(from, to, size, func(b Batch) bool { return yield(b, nil) })
		if err != nil {
			yield(Batch{}, err)
		}
	}
}

func (s *Stream) batches(from, to, size int, yield func(Batch) bool) error {
	if from < 0 || to < from || to > s.Samples {
		return fmt.Errorf("%s: samples %d to %d: there are %d", s.path, from, to, s.Samples)
	}
	if size < 1 {
		return fmt.Errorf("batch size: want a positive number, have %d", size)
	}
	if from == to {
		return nil
	}
	var cursors []*cursor
	defer func() {
		for _, c := range cursors {
			c.r.Close()
		}
	}()
	for _, src := range s.sources {
		c, err := src.at(from)
		if err != nil {
			return fmt.Errorf("%s: array %q: %w", s.path, src.name, err)
		}
		cursors = append(cursors, c)
	}
	for ; from < to; from += size {
		b := Batch{First: from, Count: min(size, to-from)}
		set := &Set{Arrays: maps.Clone(s.constants), file: s.path, first: from}
		for _, c := range cursors {
			t, err := c.next(b.Count)
			if err != nil {
				return fmt.Errorf("%s: array %q: %w", s.path, c.name, err)
			}
			if set.Arrays[c.name], err = s.opt.numbers(arrayLabel(c.name, s.inputs), t, c.isIDX, from); err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
		}
		var err error
		if b.Feeds, err = set.Bind(s.inputs); err != nil {
			return err
		}
		if !yield(b) {
			return nil
		}
	}
	return nil
}

// cursor reads a source sample by sample.
type cursor struct {
	*source
	r    io.ReadCloser
	read int // index of the next sample
}

// at returns a cursor at the given sample.
func (s *source) at(sample int) (*cursor, error) {
	r, err := s.open()
	if err != nil {
		return nil, staging.Pathless(err)
	}
	c := &cursor{s, r, sample}
	skip := int64(s.start) + int64(sample)*int64(s.width)
	if seeker, ok := r.(io.Seeker); ok {
		_, err = seeker.Seek(skip, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, skip)
	}
	if err != nil {
		r.Close()
		return nil, c.unexpectedEOF(err)
	}
	return c, nil
}

// next returns the next n samples. After the last sample of all, the file must end.
func (c *cursor) next(n int) (*graph.Tensor, error) {
	size := memory.Product(n, c.width)
	if err := memory.Hold(fmt.Sprintf("%d samples of %s", n, c.text()), memory.Sum(size, c.held)); err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(c.r, data); err != nil {
		return nil, c.unexpectedEOF(err)
	}
	c.read += n
	if c.read == c.shape[0] {
		if err := c.expectEOF(c.r); err != nil {
			return nil, err
		}
	}
	if c.swap {
		swap(data, c.dtype.Bits()/8)
	}
	return graph.FromRaw(c.dtype, slices.Concat([]int{n}, c.shape[1:]), data)
}

// unexpectedEOF converts an unexpected end of file to an error that names the last sample read.
func (c *cursor) unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: the data end after sample %d or before", c.text(), c.read)
	}
	return staging.Pathless(err)
}
