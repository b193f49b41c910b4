package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// instance is the memory for one run of a program at a time, with everything that can be prepared
// in advance, such as where each move reads and writes.
type instance struct {
	program *program
	threads int
	memory  []float32
	tensors []*graph.Tensor // of fed, fixed and loose slots, by slot
	calls   []call
	own     [][]float32 // scratch by worker
	job     job
	run     lent
	outputs []*graph.Tensor // the model's outputs, where they lie in memory
	given   []*graph.Tensor // by output, the caller's tensor to compute it in, if any
}

// call is a move prepared to run.
type call struct {
	kernel.Call
	do    []func(worker, lo, hi int) // by phase of a bound kernel
	fed   []int                      // inputs of a bound kernel that lie in fed, loose or given slots
	given []int                      // its outputs that lie in given slots
	in    []*graph.Tensor            // inputs of a single node; nil where they are taken from the slot at run time
	place []*graph.Tensor            // planned outputs of a single node
}

func newInstance(p *program, threads int) *instance {
	x := &instance{program: p, threads: threads, memory: kernel.Aligned(p.memory)}
	x.run.threads = threads
	x.tensors = make([]*graph.Tensor, len(p.slots))
	for i, s := range p.slots {
		switch s.kind {
		case fixed:
			x.tensors[i] = s.tensor
		case typed:
			x.tensors[i] = graph.NewTensor(s.array.DType, s.array.Dims...)
		}
	}
	shared := kernel.Aligned(p.shared)
	for range threads {
		x.own = append(x.own, kernel.Aligned(p.own))
	}
	x.calls = make([]call, len(p.moves))
	for i := range p.moves {
		x.prepare(&x.calls[i], &p.moves[i], shared)
	}
	x.given = make([]*graph.Tensor, len(p.outputs))
	for _, o := range p.outputs {
		var t *graph.Tensor
		if p.slots[o.slot].kind == planned {
			t = graph.TensorOf(x.floats(o), o.Dims...)
		}
		x.outputs = append(x.outputs, t)
	}
	return x
}

// floats returns the numbers of o, or nil if their place is not known before a run.
func (x *instance) floats(o operand) []float32 {
	if o.slot < 0 || o.DType != graph.Float32 {
		return nil
	}
	s := x.program.slots[o.slot]
	switch s.kind {
	case planned:
		return x.memory[s.offset:][:s.size:s.size]
	case fixed:
		return graph.Data[float32](s.tensor)
	}
	return nil
}

func (x *instance) prepare(c *call, m *move, shared []float32) {
	if m.bound == nil {
		for _, o := range m.in {
			var t *graph.Tensor
			if o.slot >= 0 && x.program.slots[o.slot].kind == planned {
				t = graph.TensorOf(x.floats(o), o.Dims...)
			}
			c.in = append(c.in, t)
		}
		for _, o := range m.out {
			var t *graph.Tensor
			if o.slot >= 0 && x.program.slots[o.slot].kind == planned {
				t = graph.TensorOf(x.floats(o), o.Dims...)
			}
			c.place = append(c.place, t)
		}
		return
	}
	c.Shared = shared[:m.bound.Shared]
	for i, o := range m.in {
		var t *graph.Tensor
		if o.slot < 0 || slices.Contains(m.bound.Unread, i) {
			c.In, c.Read = append(c.In, nil), append(c.Read, nil)
			continue
		}
		if o.DType != graph.Float32 {
			t = x.tensors[o.slot]
		}
		c.In, c.Read = append(c.In, x.floats(o)), append(c.Read, t)
		if k := x.program.slots[o.slot].kind; k == fed || k == loose || k == given {
			c.fed = append(c.fed, i)
		}
	}
	for i, o := range m.out {
		if o.slot >= 0 && x.program.slots[o.slot].kind == given {
			c.given = append(c.given, i)
		}
		c.Out, c.Written = append(c.Out, x.floats(o)), append(c.Written, nil)
		if o.slot >= 0 && x.program.slots[o.slot].kind == typed {
			c.Written[len(c.Written)-1] = x.tensors[o.slot]
		}
	}
	for i := range m.bound.Phases {
		p := &m.bound.Phases[i]
		own := m.bound.Own
		c.do = append(c.do, func(worker, lo, hi int) { p.Do(&c.Call, x.own[worker][:own], lo, hi) })
	}
}

// compute runs the program on the tensors in the fed slots.
func (x *instance) compute(ctx context.Context, visit visitor, trace func(Event)) error {
	x.run.context = ctx
	taps := x.program.taps
	if visit == nil {
		taps = nil
	}
	taps, err := x.show(taps, 0, visit)
	if err != nil {
		return err
	}
	for i := range x.program.moves {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, c := &x.program.moves[i], &x.calls[i]
		var start time.Time
		if trace != nil {
			start = time.Now()
		}
		name, err := m.name, error(nil)
		if m.bound != nil {
			err = x.bound(m, c)
		} else {
			name, err = x.single(m, c)
		}
		if err != nil {
			return fmt.Errorf("node %s: %w", m.node.Label(), err)
		}
		if trace != nil {
			trace(Event{Node: m.node, Kernel: name, Duration: time.Since(start)})
		}
		if taps, err = x.show(taps, i+1, visit); err != nil {
			return err
		}
	}
	return nil
}

// show visits the taps that are due after done moves and returns the remaining ones.
func (x *instance) show(taps []tap, done int, visit visitor) ([]tap, error) {
	for len(taps) > 0 && taps[0].after <= done {
		if err := visit(taps[0].value, x.plain(taps[0].operand)); err != nil {
			return nil, err
		}
		taps = taps[1:]
	}
	return taps, nil
}

// plain returns the contents of o in row-major order.
func (x *instance) plain(o operand) *graph.Tensor {
	t := x.tensors[o.slot]
	if t == nil {
		t = graph.TensorOf(x.floats(o), o.Dims...)
	}
	if o.DType != graph.Float32 || o.Plain() {
		return t.Reshaped(o.Dims...)
	}
	k := kernel.Reorder(o.Array, nil)
	to := graph.NewTensor(graph.Float32, o.Dims...)
	c := &kernel.Call{In: [][]float32{graph.Data[float32](t)}, Out: [][]float32{graph.Data[float32](to)}}
	for _, p := range k.Phases {
		p.Do(c, nil, 0, p.Pieces)
	}
	return to
}

func (x *instance) bound(m *move, c *call) error {
	for _, i := range c.fed {
		t := x.tensors[m.in[i].slot]
		if m.in[i].DType == graph.Float32 {
			c.In[i] = graph.Data[float32](t)
		} else {
			c.Read[i] = t
		}
	}
	for _, i := range c.given {
		c.Out[i] = graph.Data[float32](x.tensors[m.out[i].slot])
	}
	if f := m.bound.Fits; f != nil && !f(&c.Call) {
		in := make([]*graph.Tensor, len(m.in))
		for i, o := range m.in {
			if o.slot >= 0 {
				in[i] = x.plain(o)
			}
		}
		return refuse(m.node, op.Lookup(m.node), in)
	}
	for i := range m.bound.Phases {
		p := &m.bound.Phases[i]
		if p.Pieces > 0 {
			x.job.run(p.Pieces, workersOf(p, x.threads), c.do[i])
		}
	}
	return nil
}

// workersOf returns how many workers, up to most, are worthwhile for a phase.
func workersOf(p *kernel.Phase, most int) int {
	return min(most, p.Pieces, 1+p.Pieces*max(p.Cost, 1)/kernel.Grain)
}

// single computes a node by itself. Its float32 outputs end up in their places.
func (x *instance) single(m *move, c *call) (name string, err error) {
	in := make([]*graph.Tensor, len(m.in))
	for i, o := range m.in {
		switch {
		case o.slot < 0:
		case c.in[i] != nil:
			in[i] = c.in[i]
		default:
			in[i] = x.tensors[o.slot].Reshaped(o.Dims...)
		}
	}
	x.run.memory = &placed{outs: c.place}
	out, name, err := m.single.compute(&x.run, in)
	if errors.Is(err, kernel.ErrUnfit) {
		name = byReference
		out, err = m.single.def.Eval(m.node, in)
	}
	if err != nil {
		return "", err
	}
	return name, x.keep(m, c, out)
}

// keep stores the outputs of a single node where they belong.
func (x *instance) keep(m *move, c *call, out []*graph.Tensor) error {
	for i, o := range m.out {
		switch {
		case o.slot < 0:
		case i >= len(out) || out[i] == nil:
			return fmt.Errorf("output %d %q was not computed", i, m.node.Out(i).Name)
		case c.place[i] == nil:
			x.tensors[o.slot] = out[i]
		default:
			to, from := graph.Data[float32](c.place[i]), graph.Data[float32](out[i])
			if len(to) != len(from) {
				return fmt.Errorf("output %d %q: want %v, have %v", i, m.node.Out(i).Name, c.place[i].Shape(), out[i].Shape())
			}
			if len(to) > 0 && &to[0] != &from[0] {
				copy(to, from)
			}
		}
	}
	return nil
}

// placed is the memory of a kernel that computes one node. It hands out the planned places of the
// outputs first.
type placed struct {
	mu    sync.Mutex
	outs  []*graph.Tensor
	given int
}

// Get implements buffers.
func (p *placed) Get(n int) []float32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.given < len(p.outs) {
		t := p.outs[p.given]
		p.given++
		if t != nil && t.Len() == n && n > 0 {
			return graph.Data[float32](t)
		}
	}
	return make([]float32, n)
}

// Put implements buffers.
func (p *placed) Put([]float32) {}
