package dataset

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/pollard-dev/pollard/graph"
)

// Calls is a Source of the calls of a streaming model: each sample of the data is a sequence of them, one
// after the other. Read returns what a call gets besides its States, which whoever runs the model carries.
// Labels are one for each sequence, or one for each call.
type Calls struct {
	States []State
	of     sequences
	ends   []int // number of calls up to the end of each sequence
}

// sequences are read call by call.
type sequences interface {
	// lengths returns the number of calls of each sequence.
	lengths() ([]int, error)
	// call returns the inputs of a call; those of no call, with a first extent of 0, for a negative one.
	call(sequence, call int) (map[string]*graph.Tensor, error)
	// names returns a name for each sequence, or nil.
	names() []string
	Close() error
}

// openCalls opens sequences of calls of a model with states.
func openCalls(path, labels string, opt Options, states []State, inputs []*graph.Value) (_ *Data, err error) {
	fed := without(inputs, states)
	if has, is := presence(path); !is {
		return nil, fmt.Errorf("%s: want a folder of sounds, or arrays, for a model with states, have something else", path)
	} else if i := slices.IndexFunc(states, func(s State) bool { return has(s.Input) }); i >= 0 {
		return nil, fmt.Errorf("%s: has an array for the input %q, which is a state that starts with zeros and is carried from %q", path, states[i].Input, states[i].Output)
	}
	frames := opt.States
	opt.States = StateOptions{} // of what is opened now
	c := &Calls{States: states}
	var own []int
	var loadLabels func(string) ([]int, error)
	if IsFolder(path) && holdsSounds(path) {
		s, err := openSoundCalls(path, opt, frames, fed)
		if err != nil {
			return nil, err
		}
		c.of, own, loadLabels = s, s.sounds.Labels(), s.sounds.LoadLabels
	} else {
		a, err := openArrayCalls(path, opt, fed)
		if err != nil {
			return nil, err
		}
		c.of, own, loadLabels = a, a.labels, LoadLabels
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	lengths, err := c.of.lengths()
	if err != nil {
		return nil, err
	}
	n := 0
	for _, l := range lengths {
		n += l
		c.ends = append(c.ends, n)
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: want calls, have none", path)
	}
	d := &Data{Samples: c}
	from := path
	if labels != "" {
		from = labels
		if own, err = loadLabels(labels); err != nil {
			return nil, err
		}
	}
	if d.Labels, err = c.spread(own); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return d, nil
}

// spread returns a label for each call.
func (c *Calls) spread(labels []int) (all []int, err error) {
	switch {
	case labels == nil || len(labels) == c.Count():
		return labels, nil
	case len(labels) != len(c.ends):
		return nil, fmt.Errorf("want one label for each of %d sequences or %d calls, have %d", len(c.ends), c.Count(), len(labels))
	}
	for i, l := range labels {
		for len(all) < c.ends[i] {
			all = append(all, l)
		}
	}
	return all, nil
}

// Count returns the number of calls.
func (c *Calls) Count() int { return c.ends[len(c.ends)-1] }

// Sequences returns the number of sequences.
func (c *Calls) Sequences() int { return len(c.ends) }

// At returns the sequence that a call belongs to, and its number there.
func (c *Calls) At(call int) (sequence, number int) {
	sequence = sort.SearchInts(c.ends, call+1)
	if sequence > 0 {
		call -= c.ends[sequence-1]
	}
	return sequence, call
}

// Bounds returns the first call of a sequence, and the one behind its last.
func (c *Calls) Bounds(sequence int) (from, to int) {
	if sequence > 0 {
		from = c.ends[sequence-1]
	}
	return from, c.ends[sequence]
}

// Names returns the names of the calls: that of the sequence, if it has one, and the number of the call.
func (c *Calls) Names() (names []string) {
	of := c.of.names()
	for i := range c.ends {
		from, to := c.Bounds(i)
		name := fmt.Sprint(i)
		if of != nil {
			name = of[i]
		}
		for k := range to - from {
			names = append(names, fmt.Sprintf("%s:%d", name, k))
		}
	}
	return names
}

// Read returns the inputs of calls. Several are read at once only if all inputs count samples on their first axis.
func (c *Calls) Read(samples []int) (map[string]*graph.Tensor, error) {
	if len(samples) == 0 {
		return c.of.call(0, -1)
	}
	var parts []map[string]*graph.Tensor
	for _, n := range samples {
		if n < 0 || n >= c.Count() {
			return nil, &ReadError{fmt.Errorf("call %d: there are %d", n, c.Count())}
		}
		feeds, err := c.of.call(c.At(n))
		if err != nil {
			return nil, err
		}
		parts = append(parts, feeds)
	}
	return Joined(parts)
}

// Joined concatenates the inputs of several batches along the axis of samples.
func Joined(parts []map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	if len(parts) == 1 {
		return parts[0], nil
	}
	out := map[string]*graph.Tensor{}
	for name := range parts[0] {
		var err error
		if out[name], err = joined(name, parts); err != nil {
			return nil, &ReadError{err}
		}
	}
	return out, nil
}

// Close closes the files.
func (c *Calls) Close() error { return c.of.Close() }
