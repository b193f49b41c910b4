package runtime

import (
	"context"
	"errors"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/fuse"
)

// made is the program for inputs of certain extents.
type made struct {
	types   []graph.DType // by graph input; Undefined if it is not fed
	dims    [][]int
	program *program
	model   *graph.Model // the model that the program computes
	reason  *dynamic     // why there is no program
	idle    []*instance  // memory that no run is using
}

// mostMade is the number of sets of extents for which a session keeps programs and their memory.
const mostMade = 4

// mostIdle is the number of concurrent runs that can reuse memory.
const mostIdle = 8

// prepare builds the model that programs are made from.
func (s *Session) prepare() error {
	base, copies := s.model.Clone()
	for v, at := range s.slots {
		if def, _ := v.Def(); def != nil && s.fixed[at] != nil {
			copies[v].Const = s.fixed[at]
			copies[v].Type = graph.TypeOf(s.fixed[at])
		}
	}
	s.base, s.allowed = base, s.schedule.allowed
	s.schedule = schedule{} // base holds the computed constants
	return nil
}

// runProgram runs the program for these feeds and stores its outputs in out. It uses the tensors
// already there if they have the right type and extents, and makes new ones otherwise. It returns
// done == false if the model has no program for these feeds.
func (s *Session) runProgram(ctx context.Context, feeds, out map[string]*graph.Tensor, visit visitor, trace func(Event)) (done bool, err error) {
	m, x, err := s.take(feeds)
	if err != nil || m.program == nil {
		return false, err
	}
	for i, v := range s.model.Graph.Inputs {
		if at := m.program.inputs[i]; at >= 0 {
			x.tensors[at] = feeds[v.Name]
		}
	}
	x.take(s.model.Graph, feeds, out)
	err = x.compute(ctx, visit, trace)
	if err == nil {
		x.deliver(s.model.Graph.Outputs, out)
	}
	x.drop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(m.idle) < mostIdle {
		m.idle = append(m.idle, x)
	}
	return err == nil, err
}

// take returns the program for these feeds, which it builds if necessary, and memory to run it in.
func (s *Session) take(feeds map[string]*graph.Tensor) (*made, *instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.made, func(m *made) bool { return m.fits(s.model.Graph.Inputs, feeds) })
	if at < 0 {
		if err := s.checkFeeds(feeds); err != nil {
			return nil, nil, err
		}
		m, err := s.make(feeds)
		if err != nil {
			return nil, nil, err
		}
		s.made = slices.Insert(s.made, 0, m)
		if len(s.made) > mostMade {
			s.made = s.made[:mostMade]
		}
	} else if at > 0 {
		m := s.made[at]
		copy(s.made[1:at+1], s.made[:at])
		s.made[0] = m
	}
	m := s.made[0]
	if m.program == nil {
		return m, nil, nil
	}
	if n := len(m.idle); n > 0 {
		x := m.idle[n-1]
		m.idle = m.idle[:n-1]
		return m, x, nil
	}
	return m, newInstance(m.program, s.options.Threads), nil
}

// fits reports whether the program is for such feeds. The feeds it was made for have been checked.
func (m *made) fits(inputs []*graph.Value, feeds map[string]*graph.Tensor) bool {
	unknown := len(feeds)
	for i, v := range inputs {
		t, ok := feeds[v.Name]
		if ok {
			unknown--
		}
		if (t == nil) != (m.types[i] == graph.Undefined) || t != nil && (t.DType() != m.types[i] || !slices.Equal(t.Shape(), m.dims[i])) {
			return false
		}
	}
	return unknown == 0
}

func (s *Session) make(feeds map[string]*graph.Tensor) (*made, error) {
	m := &made{}
	var fed []string // inputs that are halves and fed in float32
	types := map[string]graph.Type{}
	for _, v := range s.model.Graph.Inputs {
		t := feeds[v.Name]
		var dims []int
		d := graph.Undefined
		if t != nil {
			d = t.DType()
			dims = slices.Clone(t.Shape())
			types[v.Name] = graph.TensorType(d, graph.ShapeOf(dims...))
			if s.inFloats(v, d) {
				types[v.Name] = graph.TensorType(v.Type.DType, graph.ShapeOf(dims...))
				fed = append(fed, v.Name)
			}
			if t.DType() == graph.Sequence {
				m.reason = &dynamic{reason: "a sequence is fed"}
			}
		}
		m.dims, m.types = append(m.dims, dims), append(m.types, d)
	}
	if m.reason != nil {
		return m, nil
	}
	c, err := concrete(s.base, types, s.allowed)
	if err != nil {
		if errors.As(err, &m.reason) {
			return m, nil
		}
		return nil, err
	}
	if err := s.holdWholes(c.Graph); err != nil {
		return nil, err
	}
	moved, err := s.widen(c.Graph, fed)
	if err != nil {
		return nil, err
	}
	if err := fuse.Graph(c.Graph, s.shown); err != nil {
		return nil, err
	}
	m.model = c
	taps := map[*graph.Value]*graph.Value{}
	for name, v := range s.taps {
		if s.shown[name] {
			at := c.Graph.Value(name)
			if to := moved[at]; to != nil {
				at = to
			}
			taps[at] = v
		}
	}
	if m.program, err = lower(c, taps, s.options, &s.weights); err != nil {
		return nil, err
	}
	if err := hold(c.Graph, m.program, s.options.Threads); err != nil {
		return nil, err
	}
	return m, nil
}

// take installs the tensors for outputs that are computed in place: those in out if they fit and no
// feed shares their memory, or new ones.
func (x *instance) take(g *graph.Graph, feeds, out map[string]*graph.Tensor) {
	for i, v := range g.Outputs {
		if !x.program.direct[i] {
			continue
		}
		o := x.program.outputs[i]
		t := out[v.Name]
		fit := t != nil && t.DType() == graph.Float32 && slices.Equal(t.Shape(), o.Dims)
		for _, u := range g.Inputs {
			if f := feeds[u.Name]; fit && f != nil && f.SharesWith(t) {
				fit = false
			}
		}
		for _, u := range g.Outputs[:i] {
			if w := out[u.Name]; fit && w != nil && w.SharesWith(t) {
				fit = false
			}
		}
		if !fit {
			t = graph.NewTensor(graph.Float32, o.Dims...)
		}
		x.tensors[o.slot], x.given[i] = t, t
	}
}

// deliver stores copies of the outputs, which do not share the instance's memory.
func (x *instance) deliver(outputs []*graph.Value, out map[string]*graph.Tensor) {
	for i, v := range outputs {
		o := x.program.outputs[i]
		if t := x.tensors[o.slot]; x.program.direct[i] && t == x.given[i] {
			out[v.Name] = t
			continue
		}
		from := x.outputs[i]
		if from == nil {
			from = x.tensors[o.slot].Reshaped(o.Dims...)
		}
		if to := out[v.Name]; to != nil && to.DType() == graph.Float32 && from.DType() == graph.Float32 && slices.Equal(to.Shape(), from.Shape()) {
			copy(graph.Data[float32](to), graph.Data[float32](from))
			continue
		}
		out[v.Name] = copied(from)
	}
}

// copied returns a copy of t that shares no memory with it.
func copied(t *graph.Tensor) *graph.Tensor {
	switch t.DType() {
	case graph.Sequence:
		items := slices.Clone(t.Items())
		for i, x := range items {
			items[i] = copied(x)
		}
		return graph.SequenceOf(items...)
	case graph.None:
		return t
	case graph.String:
		return graph.TensorOf(slices.Clone(graph.Data[string](t)), t.Shape()...)
	}
	c := graph.NewTensor(t.DType(), t.Shape()...)
	copy(c.Raw(), t.Raw())
	return c
}

// drop lets go of what belongs to the caller or will be made again.
func (x *instance) drop() {
	for i, s := range x.program.slots {
		if s.kind == fed || s.kind == loose || s.kind == given {
			x.tensors[i] = nil
		}
	}
	clear(x.given)
}
