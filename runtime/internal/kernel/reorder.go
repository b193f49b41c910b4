package kernel

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// Reorder copies a into another order of its axes.
func Reorder(a Array, order []int) *Bound {
	k := &Bound{Name: "reorder", Out: []Array{{DType: a.DType, Dims: a.Dims, Order: order}}, In: [][]int{a.Order}}
	k.Phases = []Phase{stridedCopy(0, 0, 0, k.Out[0], a.Strides()).phase()}
	return k
}

// copying copies elements of input in, read at strides from offset base, to output out, which is
// written in memory order from offset to. If out is shared, it writes to the call's shared memory.
type copying struct {
	in, out, base, to int
	dims              []int // merged, as they lie in the output
	from, step        []int // strides of input and output
}

// stridedCopy prepares a copy to a whole array. It reads the input at the given stride along each
// of its axes.
func stridedCopy(in, base, out int, a Array, strides []int) *copying {
	return regionCopy(in, base, out, 0, a.Dims, a.Order, strides, a.Strides())
}

// regionCopy is like stridedCopy, but its extents are a part of the output, whose strides are given
// too.
func regionCopy(in, base, out, to int, dims, order, from, step []int) *copying {
	d, f, s := make([]int, len(dims)), make([]int, len(dims)), make([]int, len(dims))
	for i := range dims {
		axis := i
		if order != nil {
			axis = order[i]
		}
		d[i], f[i], s[i] = dims[axis], from[axis], step[axis]
	}
	merged, sets := merge(d, f, s)
	return &copying{in: in, out: out, base: base, to: to, dims: merged, from: sets[0], step: sets[1]}
}

const shared = -1

// output returns the memory that the copy writes to.
func (c *copying) output(k *Call) []float32 {
	if c.out == shared {
		return k.Shared
	}
	return k.Out[c.out]
}

// phase divides the copy. If the last axis is not contiguous in the input but another one is, the
// copy transposes squares of both.
func (c *copying) phase() Phase {
	last := len(c.dims) - 1
	n := c.dims[last]
	if volume(c.dims) == 0 {
		return Phase{}
	}
	across := -1
	if c.from[last] != 1 && n > 1 {
		for d := last - 1; d >= 0; d-- {
			if c.from[d] == 1 {
				across = d
			}
		}
	}
	if across >= 0 {
		return c.transposing(across)
	}
	outer := volume(c.dims[:last])
	if outer == 1 && c.from[last] == 1 && c.step[last] == 1 { // one run: a piece is any part of it
		const run = 1 << 12
		return Phase{Pieces: ceilDiv(n, run), Cost: run / 4, Do: func(k *Call, _ []float32, lo, hi int) {
			lo, hi = lo*run, min(n, hi*run)
			copy(c.output(k)[c.to+lo:c.to+hi], k.In[c.in][c.base+lo:])
		}}
	}
	return Phase{Pieces: outer, Cost: n/4 + 4, Do: func(k *Call, _ []float32, lo, hi int) {
		x, y := k.In[c.in], c.output(k)
		for i := lo; i < hi; i++ {
			from, to := c.base+at(i, c.dims[:last], c.from), c.to+at(i, c.dims[:last], c.step)
			if c.from[last] == 1 && c.step[last] == 1 {
				copy(y[to:to+n], x[from:])
				continue
			}
			for range n {
				y[to] = x[from]
				from += c.from[last]
				to += c.step[last]
			}
		}
	}}
}

// transposing returns the phase of a copy whose last axis is contiguous in the output, and axis
// across in the input.
func (c *copying) transposing(across int) Phase {
	last := len(c.dims) - 1
	const width = 64 // positions of the axis across that are transposed at a time
	rows, cols := c.dims[last], c.dims[across]
	var dims, from, step []int
	for d := range last {
		if d != across {
			dims, from, step = append(dims, c.dims[d]), append(from, c.from[d]), append(step, c.step[d])
		}
	}
	parts := ceilDiv(cols, width)
	return Phase{Pieces: volume(dims) * parts, Cost: rows * min(cols, width), Do: func(k *Call, _ []float32, lo, hi int) {
		x, y := k.In[c.in], c.output(k)
		for i := lo; i < hi; i++ {
			j := i % parts * width
			f := c.base + at(i/parts, dims, from) + j
			t := c.to + at(i/parts, dims, step) + j*c.step[across]
			if c.step[last] == 1 {
				simd.Transpose(y[t:], x[f:], rows, min(width, cols-j), c.from[last], c.step[across])
				continue
			}
			for r := range rows {
				for q := range min(width, cols-j) {
					y[t+r*c.step[last]+q*c.step[across]] = x[f+r*c.from[last]+q]
				}
			}
		}
	}}
}

// at returns the offset of the position with that row-major index.
func at(index int, dims, strides []int) int {
	o := 0
	for d := len(dims) - 1; d >= 0 && index > 0; d-- {
		o += index % dims[d] * strides[d]
		index /= dims[d]
	}
	return o
}

func init() {
	bind(func(q *Request) (*Bound, error) { // for an Identity that is not a view, or a view of a missing value
		x := q.in(0)
		if !floating(x) {
			return nil, ErrUnfit
		}
		return Reorder(x, nil), nil
	}, "Identity")
	bind(bindTranspose, "Transpose")
	bind(bindExpand, "Expand")
}

// bindTranspose copies. Programs read a transposed array in place where they can.
func bindTranspose(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) {
		return nil, ErrUnfit
	}
	perm, err := op.DecodeTranspose(q.Node, x.Rank())
	if err != nil {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "transpose", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	own, from := x.Strides(), make([]int, len(perm))
	for d, p := range perm {
		from[d] = own[p]
	}
	k.Phases = []Phase{stridedCopy(0, 0, 0, y, from).phase()}
	return k, nil
}

// bindExpand repeats along axes of extent 1.
func bindExpand(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if x.DType != graph.Float32 {
		return nil, ErrUnfit
	}
	if x.Rank() == y.Rank() {
		y.Order = x.Order
	}
	k := &Bound{Name: "expand", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	k.Phases = []Phase{stridedCopy(0, 0, 0, y, broadcastStrides(x, y.Dims)).phase()}
	return k, nil
}

// broadcastStrides returns a's strides along the axes of the shape that it is broadcast to.
func broadcastStrides(a Array, dims []int) []int {
	s := make([]int, len(dims))
	own := a.Strides()
	skip := len(dims) - len(a.Dims)
	for i, d := range a.Dims {
		if d != 1 {
			s[skip+i] = own[i]
		}
	}
	return s
}
