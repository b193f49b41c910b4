package kernel

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// binding is one way to bind and run a proof's node.
type binding struct {
	constant constants
	threads  int
	orders   string // orders in which the inputs are given: plain, channels last, random
	biased   bool   // an epilogue with a bias
	residual bool
	act      string // operator of the epilogue's activation
}

// activationsInTests lists the activations of epilogues: a clamp, and functions that need memory.
var activationsInTests = []string{"", "", "Relu", "HardSwish", "LeakyRelu"}

// proveBound compares the operator's binder, if it has one for this node, with Eval: for inputs in
// several orders, with the epilogues that it accepts, in pieces of any size and order. It returns
// the number of bindings.
func (p proof) proveBound(t *testing.T, want []*graph.Tensor, wantErr error) (bound int) {
	t.Helper()
	if binders[p.name()] == nil {
		return 0
	}
	h := fnv.New64()
	fmt.Fprint(h, p)
	rng := rand.New(rand.NewPCG(h.Sum64(), 2))
	for _, constant := range []constants{otherTypes, allButFirst, noInput} {
		n := p.nodeOf(t, constant)
		if wantErr != nil && constant == noInput {
			continue // the contents may be what is wrong
		}
		if wantErr != nil {
			p.refuse(t, n)
			continue
		}
		for _, orders := range []string{"plain", "channels last", "random"} {
			b := binding{constant: constant, threads: pick(rng, 1, 3), orders: orders}
			bound += b.prove(t, rng, p, n, want)
			takes, ok := EpilogueOf[p.op]
			if p.domain != "" || !ok {
				continue
			}
			if b.act = pick(rng, activationsInTests...); limits[b.act] && slices.ContainsFunc(graph.Data[float32](want[0]), infinite) {
				b.act = "Relu"
			}
			if takes == SumAndActivation {
				b.biased, b.residual = rng.IntN(2) == 0 && len(p.in) == 2, rng.IntN(2) == 0
			}
			bound += b.prove(t, rng, p, n, want)
		}
	}
	return bound
}

// refuse binds a node for which Eval returns an error. Nodes that inference rejects are never
// bound.
func (p proof) refuse(t *testing.T, n *graph.Node) {
	t.Helper()
	if op.Infer(n) != nil {
		return
	}
	q := &Request{Node: n, In: p.arrays(n), Threads: 1, Epilogue: Epilogue{Activation: NoActivation}}
	for _, v := range n.Outputs() {
		dims, ok := v.Type.Shape.Ints()
		if !ok {
			return
		}
		q.Out = append(q.Out, Array{DType: v.Type.DType, Dims: dims})
	}
	if k, err := Bind(q); !errors.Is(err, ErrUnfit) {
		t.Errorf("%v: bound as %v (%v), but Eval gives an error", p, k, err)
	}
}

// arrays describes the inputs of a node of the proof, in row-major order.
func (p proof) arrays(n *graph.Node) []Array {
	in := make([]Array, len(p.in))
	for i, x := range p.in {
		if x != nil {
			in[i] = Array{DType: x.DType(), Dims: x.Shape(), Const: n.In(i).Const}
		}
	}
	return in
}

// prove binds and runs p's node, and compares the result with the expected result of the node
// alone.
func (b binding) prove(t *testing.T, rng *rand.Rand, p proof, n *graph.Node, want []*graph.Tensor) int {
	t.Helper()
	in, e, want := b.epilogue(t, rng, p, n, want)
	q := &Request{Node: n, In: p.arrays(n), Epilogue: e, Threads: b.threads, Weights: &Weights{}}
	if b.residual {
		q.In = append(q.In, Float32(want[0].Shape()...))
	}
	for i := range q.In {
		if a := &q.In[i]; a.DType == graph.Float32 && a.Const == nil {
			a.Order = b.order(rng, a.Rank())
		}
	}
	for _, w := range want {
		q.Out = append(q.Out, Array{DType: w.DType(), Dims: w.Shape()})
	}
	switch rank := want[0].Rank(); {
	case rank > 2 && rng.IntN(2) == 0:
		q.Want = ChannelsLast(rank)
	case rng.IntN(2) == 0:
		q.Want = rng.Perm(rank)
	}
	ways, _ := Ways(q)
	bound := b.proveWay(t, rng, p, n, q, in, want, Way{Bind: Bind})
	for _, w := range ways {
		bound += b.proveWay(t, rng, p, n, q, in, want, w)
	}
	return bound
}

// proveWay does the same for one way to compute the node.
func (b binding) proveWay(t *testing.T, rng *rand.Rand, p proof, n *graph.Node, q *Request, in, want []*graph.Tensor, way Way) int {
	t.Helper()
	k, err := way.Bind(q)
	if errors.Is(err, ErrUnfit) {
		return 0
	}
	if err == nil {
		err = k.fits(q)
	}
	if err != nil {
		t.Fatalf("%v: %+v, %v: %v", p, b, way, err)
	}
	tolerance := op.Lookup(n).Tolerance
	if q.Epilogue.Bias != nil || b.residual || b.act != "" {
		tolerance.Abs, tolerance.Rel = tolerance.Abs+2e-6, tolerance.Rel+2e-6
	}
	for _, over := range append([]int{-1}, k.InPlace...) {
		if over >= 0 && (q.In[over].Const != nil || q.In[over].Len() != q.Out[0].Len()) {
			continue
		}
		r := newTrial(k, q, in, over)
		if k.Fits != nil && !k.Fits(&r.call) {
			t.Fatalf("%v: %s does not fit what Eval computes", p, k.Name)
		}
		r.run(rng, b.threads)
		if d := r.damage(); d != "" {
			t.Fatalf("%v: %s %+v over input %d: %s", p, k.Name, b, over, d)
		}
		for i, w := range want {
			got := r.call.Written[i]
			if got == nil {
				got = graph.TensorOf(reordered(r.out[i].v, k.Out[i], nil), w.Shape()...)
			}
			if d := p.differBy(tolerance, got, w); d != "" {
				t.Fatalf("%v: %s %+v in orders %v over input %d: output %d %s", p, k.Name, b, k.In, over, i, d)
			}
		}
	}
	return 1
}

// order returns an order of the binding's kind for an array of that rank.
func (b binding) order(rng *rand.Rand, rank int) []int {
	switch {
	case b.orders == "channels last" && rank > 2:
		return ChannelsLast(rank)
	case b.orders == "random":
		return rng.Perm(rank)
	}
	return nil
}

// epilogue returns the inputs followed by the residual, the epilogue, and the expected result with
// it.
func (b binding) epilogue(t *testing.T, rng *rand.Rand, p proof, n *graph.Node, want []*graph.Tensor) ([]*graph.Tensor, Epilogue, []*graph.Tensor) {
	t.Helper()
	e, in := Epilogue{Activation: NoActivation}, p.in
	if !b.biased && !b.residual && b.act == "" {
		return in, e, want
	}
	v := slices.Clone(graph.Data[float32](want[0]))
	dims := want[0].Shape()
	if b.biased && len(dims) > 1 {
		axis := len(dims) - 1
		if p.op == "Conv" {
			axis = 1
		}
		e.Bias = random(rng, dims[axis])
		inner := volume(dims[axis+1:])
		for i := range v {
			v[i] += graph.Data[float32](e.Bias)[i/inner%dims[axis]]
		}
	}
	if b.residual {
		r := random(rng, dims...)
		e.Residual, in = len(in), append(slices.Clone(in), r)
		for i, x := range graph.Data[float32](r) {
			v[i] += x
		}
	}
	out := graph.TensorOf(v, dims...)
	if b.act != "" {
		f := proof{op: b.act, in: []*graph.Tensor{out}}.node(t)
		e.Activation, _ = ActivationOf(f)
		after, err := op.Lookup(f).Eval(f, []*graph.Tensor{out})
		if err != nil {
			t.Fatal(err)
		}
		out = after[0]
	}
	return in, e, append([]*graph.Tensor{out}, want[1:]...)
}

// fits returns an error if a bound kernel does not match its request.
func (k *Bound) fits(q *Request) error {
	if len(k.Out) != len(q.Out) || len(k.In) != len(q.In) {
		return fmt.Errorf("%d inputs and %d outputs, want %d and %d", len(k.In), len(k.Out), len(q.In), len(q.Out))
	}
	lists := func(o []int, rank int) bool {
		sorted := slices.Clone(o)
		slices.Sort(sorted)
		return o == nil || slices.Equal(sorted, Identity(rank))
	}
	for i, a := range k.Out {
		if a.DType != q.Out[i].DType || !slices.Equal(a.Dims, q.Out[i].Dims) || !lists(a.Order, a.Rank()) || a.Const != nil {
			return fmt.Errorf("output %d is %v, want extents %v", i, a, q.Out[i].Dims)
		}
	}
	for i, o := range k.In {
		if !lists(o, q.In[i].Rank()) {
			return fmt.Errorf("input %d of %v is read in order %v", i, q.In[i].Dims, o)
		}
	}
	return nil
}

// trial is the memory of one run of a bound kernel.
type trial struct {
	k       *Bound
	in, out []guarded
	was     [][]float32 // copies of the inputs from before the run
	over    int         // the input whose memory output 0 reuses, or -1
	call    Call
	shared  guarded
}

func newTrial(k *Bound, q *Request, in []*graph.Tensor, over int) *trial {
	r := &trial{k: k, over: over, shared: guard(k.Shared)}
	r.call.Shared = r.shared.v
	for i, x := range in {
		var g guarded
		var read *graph.Tensor
		switch {
		case x == nil:
		case x.DType() != graph.Float32 && !slices.Contains(k.Unread, i):
			read = x
		case x.DType() == graph.Float32:
			g = guard(x.Len())
			copy(g.v, reordered(graph.Data[float32](x), q.In[i].In(nil), k.In[i]))
		}
		r.in, r.was = append(r.in, g), append(r.was, slices.Clone(g.v))
		if slices.Contains(k.Unread, i) { // programs do not pass it
			g.v = nil
		}
		r.call.In, r.call.Read = append(r.call.In, g.v), append(r.call.Read, read)
	}
	for i, a := range k.Out {
		if a.DType != graph.Float32 {
			r.out, r.call.Out = append(r.out, guard(0)), append(r.call.Out, nil)
			r.call.Written = append(r.call.Written, graph.NewTensor(a.DType, a.Dims...))
			continue
		}
		r.call.Written = append(r.call.Written, nil)
		g := guard(a.Len())
		if i == 0 && over >= 0 {
			g = r.in[over]
		}
		r.out = append(r.out, g)
		r.call.Out = append(r.call.Out, g.v)
	}
	return r
}

// run runs every phase with the given number of workers, in ranges of pieces of any length, in any
// order, with dirty scratch memory.
func (r *trial) run(rng *rand.Rand, threads int) {
	own := make([]guarded, threads)
	for i := range own {
		own[i] = guard(r.k.Own)
	}
	for _, p := range r.k.Phases {
		var cuts []int
		for at := 0; at < p.Pieces; at += 1 + rng.IntN(max(1, min(2*p.Pieces/3, 40))) {
			cuts = append(cuts, at)
		}
		ends := append(slices.Clone(cuts), p.Pieces)
		ranges := rng.Perm(len(cuts))
		var workers sync.WaitGroup
		for w, g := range own {
			workers.Go(func() {
				for at := w; at < len(ranges); at += threads {
					p.Do(&r.call, g.v, cuts[ranges[at]], ends[ranges[at]+1])
				}
			})
		}
		workers.Wait()
	}
	for _, g := range own {
		if !g.whole() {
			r.shared = g // damage reports it
		}
	}
}

// damage reports what the kernel wrote outside its memory.
func (r *trial) damage() string {
	if !r.shared.whole() {
		return "something beside scratch memory was written"
	}
	for i, g := range r.in {
		if !g.whole() {
			return fmt.Sprintf("something beside input %d was written", i)
		}
		if i != r.over && !slices.EqualFunc(g.v, r.was[i], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
			return fmt.Sprintf("input %d was written", i)
		}
	}
	for i, g := range r.out {
		if !g.whole() {
			return fmt.Sprintf("something beside output %d was written", i)
		}
	}
	return ""
}

func infinite(x float32) bool { return math.IsInf(float64(x), 0) }

// guarded is memory full of NaN, between NaNs that must not be written.
type guarded struct{ v, all []float32 }

const fence = 64

var untouched = math.Float32frombits(0x7fc12345)

func guard(n int) guarded {
	all := Aligned(n + 2*fence)
	fill(all, untouched)
	return guarded{all[fence : fence+n : fence+n], all}
}

func (g guarded) whole() bool {
	for i, x := range g.all {
		if (i < fence || i >= fence+len(g.v)) && math.Float32bits(x) != math.Float32bits(untouched) {
			return false
		}
	}
	return true
}

// reordered copies numbers in a's order into another order, one by one.
func reordered(v []float32, a Array, order []int) []float32 {
	out := make([]float32, len(v))
	from, to := a.Strides(), a.In(order).Strides()
	for i := range v {
		out[at(i, a.Dims, to)] = v[at(i, a.Dims, from)]
	}
	return out
}

func TestReorder(t *testing.T) {
	rng := seeded(t)
	for range 200 {
		dims := make([]int, rng.IntN(6))
		for d := range dims {
			dims[d] = pick(rng, 1, 2, 3, 17, 70)
		}
		if volume(dims) > 1<<17 {
			continue
		}
		x := random(rng, dims...)
		a := Float32(dims...).In(rng.Perm(len(dims)))
		k := Reorder(a, rng.Perm(len(dims)))
		q := &Request{In: []Array{a}, Out: []Array{a}}
		r := newTrial(k, q, []*graph.Tensor{x}, -1)
		r.run(rng, 1)
		if d := r.damage(); d != "" {
			t.Fatal(d)
		}
		if got := reordered(r.out[0].v, k.Out[0], nil); !slices.Equal(got, graph.Data[float32](x)) {
			t.Fatalf("%v from order %v to %v: want %v, have %v", dims, a.Order, k.Out[0].Order, x, got)
		}
	}
}
