package kernel

import (
	"errors"
	"slices"
	"sync"

	"github.com/pollard-dev/pollard/graph"
)

// The products, where a node is computed by itself: what a program binds once is bound here when the extents are known.
func init() {
	for _, name := range []string{"Conv", "Gemm", "MatMul"} {
		register(Kernel{Name: "product", Op: name, Prepare: adapt(func(q *Request) (*Bound, error) { return binders[name](q) })})
	}
}

// adapt makes a Kernel's Prepare of a binder that finds the extents of its output itself.
func adapt(b binder) func(*graph.Node, []*graph.Tensor) (Func, error) {
	return func(n *graph.Node, consts []*graph.Tensor) (Func, error) {
		a := &adapted{bind: b, node: n, consts: consts}
		return a.run, nil
	}
}

// adapted is a node whose kernel is bound for the extents it was last computed for.
type adapted struct {
	bind    binder
	node    *graph.Node
	consts  []*graph.Tensor
	weights Weights

	mu    sync.Mutex
	bound *Bound
	dims  [][]int
}

// run is a Func.
func (a *adapted) run(r *Run, in []*graph.Tensor) ([]*graph.Tensor, error) {
	k, err := a.prepare(r, in)
	if err != nil {
		return nil, err
	}
	c := &Call{In: make([][]float32, len(in))}
	for i, t := range in {
		if t == nil || t.DType() != graph.Float32 || slices.Contains(k.Unread, i) {
			continue
		}
		v := graph.Data[float32](t)
		if x := arrayOf(t); !SameOrder(x.Dims, nil, k.In[i]) {
			to := r.Memory.Get(len(v))
			defer r.Memory.Put(to)
			r.phases(Reorder(x, k.In[i]), &Call{In: [][]float32{v}, Out: [][]float32{to}})
			v = to
		}
		c.In[i] = v
	}
	c.Shared = r.Memory.Get(k.Shared)
	defer r.Memory.Put(c.Shared)
	y := k.Out[0]
	out := r.New(y.Dims...)
	if y.Plain() {
		c.Out = [][]float32{graph.Data[float32](out)}
		r.phases(k, c)
		return one(out), nil
	}
	c.Out = [][]float32{r.Memory.Get(y.Len())}
	defer r.Memory.Put(c.Out[0])
	r.phases(k, c)
	r.phases(Reorder(y, nil), &Call{In: c.Out, Out: [][]float32{graph.Data[float32](out)}})
	return one(out), nil
}

func (a *adapted) constant(i int) *graph.Tensor {
	if i < len(a.consts) {
		return a.consts[i]
	}
	return nil
}

// prepare binds the kernel. Weights that are not constant are for this once.
func (a *adapted) prepare(r *Run, in []*graph.Tensor) (*Bound, error) {
	q := &Request{Node: a.node, Threads: r.Threads, Weights: &a.weights, Epilogue: Epilogue{Activation: NoActivation}}
	dims := make([][]int, len(in))
	for i, t := range in {
		var x Array
		if t != nil {
			x = arrayOf(t)
			x.Const = a.constant(i)
			dims[i] = x.Dims
		}
		q.In = append(q.In, x)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bound != nil && slices.EqualFunc(dims, a.dims, slices.Equal[[]int]) {
		return a.bound, nil
	}
	k, err := a.bind(q)
	if err == nil {
		a.bound, a.dims = k, dims
		return k, nil
	}
	if !errors.Is(err, ErrUnfit) {
		return nil, err
	}
	for i := 1; i < len(in); i++ {
		q.In[i].Const = in[i]
	}
	q.Weights = nil
	return a.bind(q)
}

func arrayOf(t *graph.Tensor) Array { return Array{DType: t.DType(), Dims: t.Shape()} }

// phases runs a bound kernel.
func (r *Run) phases(k *Bound, c *Call) {
	for _, p := range k.Phases {
		r.Parallel(p.Pieces, p.Cost, func(lo, hi int) {
			own := r.Memory.Get(k.Own)
			defer r.Memory.Put(own)
			p.Do(c, own, lo, hi)
		})
	}
}
