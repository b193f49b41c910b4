package runtime

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
)

// bounded is a kernel bound for inputs of certain types and extents. Where some of the inputs are a
// few numbers that give extents or positions, it is bound for those numbers too.
type bounded struct {
	in      []kernel.Array // in the order of the inputs; Const holds what was known
	kernel  *kernel.Bound  // nil if there is none
	reads   []*kernel.Bound
	writes  []*kernel.Bound // reorderings of the inputs and outputs; nil where none is needed
	renewed bool            // the kernel needs computed inputs to bind, so it is bound again for each run
}

// is reports whether b is bound for inputs like these, of which the consts are always the same.
func (b *bounded) is(in, consts []*graph.Tensor) bool {
	for i, t := range in {
		a := b.in[i]
		switch {
		case t == nil && a.DType == graph.Undefined || i < len(consts) && consts[i] != nil:
		case t == nil || t.DType() != a.DType || !slices.Equal(t.Shape(), a.Dims):
			return false
		case a.Const != nil && !slices.Equal(a.Const.Raw(), t.Raw()):
			return false
		}
	}
	return true
}

// bound binds the node for the inputs, of which known holds those whose contents are known. It
// returns kernel.ErrUnfit if no kernel computes the node.
func (s *single) bound(in, known []*graph.Tensor, weights *kernel.Weights) (*bounded, error) {
	b := &bounded{in: make([]kernel.Array, len(in))}
	for i, t := range in {
		if t != nil {
			b.in[i] = kernel.Array{DType: t.DType(), Dims: slices.Clone(t.Shape()), Const: known[i]}
		}
	}
	if err := s.infer(b.in); err != nil {
		return b, kernel.ErrUnfit // the reference evaluation reports what is wrong
	}
	q := &kernel.Request{Node: s.apart, In: b.in, Threads: s.threads, Weights: weights, Epilogue: kernel.Epilogue{Activation: kernel.NoActivation}}
	var err error
	if q.Out, err = outputArrays(s.apart.Outputs()); err != nil {
		return b, err
	}
	k, err := kernel.Bind(q)
	if err != nil {
		return b, err
	}
	b.kernel = k
	b.reads, b.writes = make([]*kernel.Bound, len(in)), make([]*kernel.Bound, len(k.Out))
	for i, a := range b.in {
		if a.DType == graph.Float32 && !slices.Contains(k.Unread, i) && !kernel.SameOrder(a.Dims, nil, k.In[i]) {
			b.reads[i] = kernel.Reorder(kernel.Float32(a.Dims...), k.In[i])
		}
	}
	for i, a := range k.Out {
		if !a.Plain() {
			b.writes[i] = kernel.Reorder(a, nil)
		}
	}
	return b, nil
}

// outputArrays describes the outputs without the trailing ones that are left out. It returns
// kernel.ErrUnfit if one is left out before another, or if an output has unknown extents.
func outputArrays(outputs []*graph.Value) (arrays []kernel.Array, err error) {
	for len(outputs) > 0 && outputs[len(outputs)-1] == nil {
		outputs = outputs[:len(outputs)-1]
	}
	for _, v := range outputs {
		if v == nil {
			return nil, kernel.ErrUnfit
		}
		if _, known := v.Type.Shape.Ints(); !known || v.Type.Shape == nil {
			return nil, kernel.ErrUnfit
		}
		arrays = append(arrays, arrayOf(v.Type))
	}
	return arrays, nil
}

// infer gives the isolated node these inputs and infers the types of its outputs.
func (s *single) infer(in []kernel.Array) (err error) {
	if s.apart == nil {
		if s.apart, err = apart(s.node); err != nil {
			return err
		}
	}
	for i, a := range in {
		if v := s.apart.In(i); v != nil {
			v.Type, v.Const = graph.TensorType(a.DType, graph.ShapeOf(a.Dims...)), a.Const
		}
	}
	for _, v := range s.apart.Outputs() {
		if v != nil {
			v.Type = graph.Type{}
		}
	}
	return op.Infer(s.apart)
}

// apart returns a copy of n in a graph of its own.
func apart(n *graph.Node) (*graph.Node, error) {
	g := graph.New(n.Title())
	copied := func(values []*graph.Value, name string) ([]*graph.Value, error) {
		all := make([]*graph.Value, len(values))
		for i, v := range values {
			if v == nil {
				continue
			}
			var err error
			if all[i], err = g.NewValue(name + strconv.Itoa(i)); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	inputs, err := copied(n.Inputs(), "in")
	if err != nil {
		return nil, err
	}
	outputs, err := copied(n.Outputs(), "out")
	if err != nil {
		return nil, err
	}
	d, err := g.NewNode(n.Op, n.Domain, n.Version, inputs, outputs, n.Attrs...)
	if err == nil {
		d.Name = n.Title()
	}
	return d, err
}

// run computes the outputs. It returns fits == false if the kernel does not handle inputs with such
// contents.
func (b *bounded) run(r *lent, in []*graph.Tensor) (out []*graph.Tensor, fits bool) {
	k := b.kernel
	c := &kernel.Call{In: make([][]float32, len(in)), Read: make([]*graph.Tensor, len(in)),
		Out: make([][]float32, len(k.Out)), Written: make([]*graph.Tensor, len(k.Out))}
	for i, t := range in {
		if t != nil && t.DType() != graph.Float32 {
			c.Read[i] = t
		}
	}
	if k.Fits != nil && !k.Fits(c) {
		return nil, false
	}
	out = r.outputs(k, c) // before any other memory: the first buffer asked for may be meant for the outputs
	var borrowed [][]float32
	borrow := func(n int) []float32 {
		v := r.memory.Get(n)
		borrowed = append(borrowed, v)
		return v
	}
	for i, t := range in {
		if t == nil || t.DType() != graph.Float32 || slices.Contains(k.Unread, i) {
			continue
		}
		if c.In[i] = graph.Data[float32](t); b.reads[i] != nil {
			to := borrow(t.Len())
			r.phases(b.reads[i], &kernel.Call{In: c.In[i : i+1], Out: [][]float32{to}})
			c.In[i] = to
		}
	}
	for i, w := range b.writes {
		if w != nil {
			c.Out[i] = borrow(k.Out[i].Len())
		}
	}
	c.Shared = borrow(k.Shared)
	r.phases(k, c)
	for i, w := range b.writes {
		if w != nil {
			r.phases(w, &kernel.Call{In: c.Out[i : i+1], Out: [][]float32{graph.Data[float32](out[i])}})
		}
	}
	for _, v := range borrowed {
		r.memory.Put(v)
	}
	return out, true
}

// outputs allocates the tensors that k computes.
func (r *lent) outputs(k *kernel.Bound, c *kernel.Call) (out []*graph.Tensor) {
	for i, a := range k.Out {
		if a.DType != graph.Float32 {
			c.Written[i] = graph.NewTensor(a.DType, a.Dims...)
			out = append(out, c.Written[i])
			continue
		}
		t := graph.TensorOf(r.memory.Get(a.Len()), a.Dims...)
		out = append(out, t)
		c.Out[i] = graph.Data[float32](t)
	}
	return out
}

// phases runs a bound kernel.
func (r *lent) phases(k *kernel.Bound, c *kernel.Call) {
	var own [][]float32
	for i := range k.Phases {
		p := &k.Phases[i]
		if p.Pieces == 0 {
			continue
		}
		workers := workersOf(p, r.threads)
		for len(own) < workers {
			own = append(own, r.memory.Get(k.Own))
		}
		r.job.run(p.Pieces, workers, func(worker, lo, hi int) { p.Do(c, own[worker], lo, hi) })
	}
	for _, v := range own {
		r.memory.Put(v)
	}
}

// refuse reports why the reference evaluation rejects inputs on which a kernel gave up.
func refuse(n *graph.Node, def *op.Def, in []*graph.Tensor) error {
	if _, err := def.Eval(n, in); err != nil {
		return err
	}
	return fmt.Errorf("the kernel rejects these inputs, although they are valid")
}
