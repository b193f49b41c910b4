package kernel

import "github.com/pollard-dev/pollard/runtime/internal/kernel/simd"

// run is the number of elements in one piece of an elementwise kernel: few enough to stay in the
// first-level cache, many enough to be worth a call.
const run = 1 << 12

func init() {
	for _, u := range unary {
		bind(bindUnary, u.name)
	}
	bind(bindUnary, "Clip")
	bind(bindBinary, "Add", "Mul", "Sub", "Div")
}

// bindUnary computes each element from one element, in whatever order they lie.
func bindUnary(q *Request) (*Bound, error) {
	x := q.in(0)
	a, ok := ActivationOf(q.Node)
	if !ok || !floating(x) || x.Rank() != q.Out[0].Rank() {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "unary", Out: []Array{x.In(x.Order)}, In: q.orders(), InPlace: []int{0}}
	k.Out[0].Const = nil
	k.In[0] = x.Order
	n := x.Len()
	f := a.F
	if f == nil {
		f = func(y, x []float32) { simd.Clamp(y, x, a.Lo, a.Hi) }
	}
	k.Phases = []Phase{{Pieces: ceilDiv(n, run), Cost: run * max(1, a.Cost), Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			from, to := i*run, min(n, (i+1)*run)
			f(c.Out[0][from:to], c.In[0][from:to])
		}
	}}}
	return k, nil
}

// bindBinary combines two arrays with broadcasting, in the order of the larger one.
func bindBinary(q *Request) (*Bound, error) {
	if len(q.Node.Inputs()) != 2 || !floating(q.in(0), q.in(1)) {
		return nil, ErrUnfit
	}
	z := binary[q.Node.Op]
	x, y, out := q.In[0], q.In[1], q.Out[0]
	k := &Bound{Name: "binary", In: q.orders()}
	switch {
	case x.Len() == out.Len() && x.Rank() == out.Rank() && (y.Len() < out.Len() || y.Const != nil || y.Plain() || y.Rank() != out.Rank()):
		out.Order = x.Order
	case y.Len() == out.Len() && y.Rank() == out.Rank():
		out.Order = y.Order
	}
	k.Out = []Array{out}
	operands := []Array{x, y}
	var sets [][]int
	for i, o := range operands {
		if o.Len() == out.Len() && o.Rank() == out.Rank() {
			o.Order = out.Order
			k.InPlace = append(k.InPlace, i)
		}
		k.In[i] = o.Order
		sets = append(sets, inOrder(broadcastStrides(o, out.Dims), out.Order))
	}
	dims, s := merge(inOrder(out.Dims, out.Order), sets...)
	k.Phases = []Phase{z.phase(dims, s[0], s[1], q.Epilogue.Activation)}
	return k, nil
}

// inOrder permutes v, which has an entry for each axis, to the order of the axes in memory.
func inOrder(v, order []int) []int {
	if order == nil {
		return v
	}
	out := make([]int, len(v))
	for i, d := range order {
		out[i] = v[d]
	}
	return out
}

// phase divides z over merged axes, along which the operands have strides sx and sy and the output
// is contiguous.
func (z zipper) phase(dims, sx, sy []int, act Activation) Phase {
	last := len(dims) - 1
	n := dims[last]
	if volume(dims) == 0 {
		return Phase{}
	}
	if last == 0 {
		return Phase{Pieces: ceilDiv(n, run), Cost: run * max(1, act.Cost), Do: func(c *Call, _ []float32, lo, hi int) {
			for i := lo; i < hi; i++ {
				from, to := i*run, min(n, (i+1)*run)
				part := c.Out[0][from:to]
				z.line(part, c.In[0][from*sx[0]:], c.In[1][from*sy[0]:], sx[0], sy[0])
				act.apply(part)
			}
		}}
	}
	rows := dims[last-1]
	group := max(1, min(rows, run/n)) // rows in one piece
	parts := ceilDiv(rows, group)
	outer := dims[:last-1]
	return Phase{Pieces: volume(outer) * parts, Cost: group * n * max(1, act.Cost), Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			first := i % parts * group
			count := min(group, rows-first)
			x := at(i/parts, outer, sx) + first*sx[last-1]
			y := at(i/parts, outer, sy) + first*sy[last-1]
			part := c.Out[0][(i/parts*rows+first)*n:][:count*n]
			if sx[last] == 1 && sy[last] == 1 {
				z.rows(part, c.In[0][x:], c.In[1][y:], count, n, n, sx[last-1], sy[last-1])
				act.apply(part)
				continue
			}
			for r := range count {
				z.line(part[r*n:][:n], c.In[0][x+r*sx[last-1]:], c.In[1][y+r*sy[last-1]:], sx[last], sy[last])
			}
			act.apply(part)
		}
	}}
}

// line fills dst from operands that advance by sx and sy.
func (z zipper) line(dst, x, y []float32, sx, sy int) {
	switch {
	case sx == 1 && sy == 1:
		z.vv(dst, x[:len(dst)], y[:len(dst)])
	case sx == 1 && sy == 0:
		z.vs(dst, x[:len(dst)], y[0])
	case sx == 0 && sy == 1:
		z.sv(dst, x[0], y[:len(dst)])
	default:
		for i := range dst {
			z.vv(dst[i:i+1], x[i*sx:i*sx+1], y[i*sy:i*sy+1])
		}
	}
}
