package samples

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Carried is a Source of calls with the states that a model left in the calls before, so that whoever
// reads samples meets states as they are in use. It runs the model when a state is wanted.
type Carried struct {
	*carrier
	of []int // numbers of the calls
}

// carrier runs a model along sequences of calls.
type carrier struct {
	ctx     context.Context
	calls   *dataset.Calls
	apart   bool
	session *runtime.Session

	mutex sync.Mutex
	every int                              // states are kept before every so many calls of a sequence
	kept  map[int]map[string]*graph.Tensor // by the number of the call
	bytes int64
	next  int // the call that now is the state before
	now   map[string]*graph.Tensor
}

// mostStates bounds the bytes of states that are kept. Beyond it only some are, and the others are computed
// from these again.
var mostStates int64 = 256 << 20 // but for tests

// Carry makes d, if its samples are calls of a model with states, carry the states of m, on which the call
// depends on. The context ends runs of the model when samples are read.
func Carry(ctx context.Context, m *graph.Model, d *dataset.Data, threads int) error {
	calls, is := d.Samples.(*dataset.Calls)
	if !is {
		return nil
	}
	session, err := runtime.Compile(m, runtime.Options{Threads: threads})
	if err != nil {
		return err
	}
	c := &Carried{carrier: &carrier{ctx: ctx, calls: calls, apart: dataset.Apart(m.Graph.Inputs), session: session,
		every: 1, kept: map[int]map[string]*graph.Tensor{}, next: -1}}
	for i := range calls.Count() {
		c.of = append(c.of, i)
	}
	d.Samples = c
	return nil
}

// Carries returns the calls.
func (c *Carried) Carries() *dataset.Calls { return c.calls }

// Count returns the number of calls.
func (c *Carried) Count() int { return len(c.of) }

// Close closes the files.
func (c *Carried) Close() error { return c.calls.Close() }

// Alone reports whether calls are read one at a time.
func (c *Carried) Alone() bool { return c.apart }

// Names returns the names of the calls.
func (c *Carried) Names() []string {
	all, names := c.calls.Names(), make([]string, len(c.of))
	for i, n := range c.of {
		names[i] = all[n]
	}
	return names
}

// Part returns some of the calls.
func (c *Carried) Part(some []int) dataset.Source {
	p := &Carried{carrier: c.carrier}
	for _, n := range some {
		p.of = append(p.of, c.of[n])
	}
	return p
}

// Read returns calls with the states before them.
func (c *Carried) Read(some []int) (map[string]*graph.Tensor, error) {
	if len(some) == 0 {
		return c.none()
	}
	if len(some) > 1 && c.apart {
		return nil, fmt.Errorf("want one call at a time, have the numbers %v", some)
	}
	var parts []map[string]*graph.Tensor
	for _, i := range some {
		if i < 0 || i >= len(c.of) {
			return nil, fmt.Errorf("call %d: there are %d", i, len(c.of))
		}
		feeds, err := c.calls.Read([]int{c.of[i]})
		if err != nil {
			return nil, err
		}
		state, err := c.before(c.of[i])
		if err != nil {
			return nil, &dataset.ReadError{Err: err}
		}
		parts = append(parts, with(feeds, state))
	}
	return dataset.Joined(parts)
}

// none returns the inputs of no call.
func (c *Carried) none() (map[string]*graph.Tensor, error) {
	feeds, err := c.calls.Read(nil)
	if err != nil {
		return nil, err
	}
	feeds = maps.Clone(feeds)
	for _, s := range c.calls.States {
		shape := slices.Clone(s.Shape)
		if len(shape) > 0 {
			shape[0] = 0
		}
		feeds[s.Input] = graph.NewTensor(s.Type, shape...)
	}
	return feeds, nil
}

func with(feeds, state map[string]*graph.Tensor) map[string]*graph.Tensor {
	all := maps.Clone(feeds)
	maps.Copy(all, state)
	return all
}

// before returns the state before a call.
func (c *carrier) before(call int) (map[string]*graph.Tensor, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	sequence, _ := c.calls.At(call)
	first, _ := c.calls.Bounds(sequence)
	from := first
	state := c.zero()
	if c.next > from && c.next <= call {
		from, state = c.next, c.now
	}
	for k := call; k > from; k-- {
		if s := c.kept[k]; s != nil {
			from, state = k, s
		}
	}
	for ; from < call; from++ {
		feeds, err := c.calls.Read([]int{from})
		if err != nil {
			return nil, err
		}
		out, err := c.session.Run(c.ctx, with(feeds, state))
		if err != nil {
			return nil, fmt.Errorf("call %d: %w", from, err)
		}
		if state, err = c.after(out); err != nil {
			return nil, fmt.Errorf("call %d: %w", from, err)
		}
		c.keep(from+1, from+1-first, state)
	}
	c.next, c.now = call, state
	return state, nil
}

// keep keeps the state before a call, the n-th of its sequence, if there is room for it.
func (c *carrier) keep(call, n int, state map[string]*graph.Tensor) {
	if n%c.every != 0 || c.kept[call] != nil {
		return
	}
	c.kept[call] = state
	c.bytes += bytesOf(state)
	for c.bytes > mostStates && len(c.kept) > 1 {
		c.every *= 2
		for call, state := range c.kept {
			sequence, _ := c.calls.At(call)
			if first, _ := c.calls.Bounds(sequence); (call-first)%c.every != 0 {
				c.bytes -= bytesOf(state)
				delete(c.kept, call)
			}
		}
	}
}

func bytesOf(state map[string]*graph.Tensor) (n int64) {
	for _, t := range state {
		n += t.Bytes()
	}
	return n
}

// zero returns the state before the first call.
func (c *carrier) zero() map[string]*graph.Tensor {
	state := map[string]*graph.Tensor{}
	for _, s := range c.calls.States {
		state[s.Input] = s.Zero()
	}
	return state
}

// after returns the state that outputs leave for the next call.
func (c *carrier) after(out map[string]*graph.Tensor) (map[string]*graph.Tensor, error) {
	state := map[string]*graph.Tensor{}
	for _, s := range c.calls.States {
		t := out[s.Output]
		if t == nil || t.DType() != s.Type || !slices.Equal(t.Shape(), s.Shape) {
			return nil, fmt.Errorf("output %q: want the extents of the state %q that it is carried to, %v, have %v", s.Output, s.Input, s.Shape, t.Shape())
		}
		state[s.Input] = t
	}
	return state, nil
}

// Stream runs sessions along the calls, each with the states that it left itself, and calls take as runtime.Stream
// does, with the outputs that are no states. Where calls are left out, all go on from the state of the model
// that the calls are carried by.
func (c *Carried) Stream(ctx context.Context, sessions []*runtime.Session, progress func(done, total int),
	take func(from, count int, feeds runtime.Outputs, out []runtime.Outputs) error) error {
	states := make([]map[string]*graph.Tensor, len(sessions))
	for i, call := range c.of {
		if _, n := c.calls.At(call); n == 0 || i == 0 || c.of[i-1] != call-1 {
			state, err := c.before(call)
			if err != nil {
				return err
			}
			for k := range states {
				states[k] = state
			}
		}
		feeds, err := c.calls.Read([]int{call})
		if err != nil {
			return err
		}
		outs := make([]runtime.Outputs, len(sessions))
		for k, s := range sessions {
			if outs[k], err = s.Run(ctx, with(feeds, states[k])); err != nil {
				return err
			}
			if states[k], err = c.after(outs[k]); err != nil {
				return fmt.Errorf("call %d: %w", call, err)
			}
			for _, s := range c.calls.States {
				delete(outs[k], s.Output)
			}
		}
		if err := take(i, 1, feeds, outs); err != nil {
			return err
		}
		progress(i+1, len(c.of))
	}
	return nil
}

// Sequences returns the numbers of the calls of each sequence.
func (c *Carried) Sequences() (all [][]int) {
	last := -1
	for i, call := range c.of {
		if s, _ := c.calls.At(call); s != last {
			all, last = append(all, nil), s
		}
		all[len(all)-1] = append(all[len(all)-1], i)
	}
	return all
}
