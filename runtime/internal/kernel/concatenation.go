package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

func init() {
	bind(bindConcat, "Concat")
	bind(bindSlice, "Slice")
	bind(bindSplit, "Split")
	bind(bindPad, "Pad")
}

// bindConcat concatenates arrays in the order of the first one that is not constant.
func bindConcat(q *Request) (*Bound, error) {
	if !floating(q.In...) {
		return nil, ErrUnfit
	}
	y := q.Out[0]
	axis, err := op.DecodeConcat(q.Node, y.Rank())
	if err != nil {
		return nil, ErrUnfit
	}
	for _, x := range q.In {
		if x.Const == nil {
			y.Order = x.Order
			break
		}
	}
	k := &Bound{Name: "concat", Out: []Array{y}, In: q.orders()}
	step, to := y.Strides(), 0
	var phases []Phase
	for i, x := range q.In {
		k.In[i] = y.Order
		phases = append(phases, regionCopy(i, 0, 0, to*step[axis], x.Dims, y.Order, x.In(y.Order).Strides(), step).phase())
		to += x.Dims[axis]
	}
	k.Phases = together(phases)
	return k, nil
}

// together joins phases whose pieces are independent of each other into one, so that all start at
// once.
func together(phases []Phase) []Phase {
	phases = slices.DeleteFunc(phases, func(p Phase) bool { return p.Pieces == 0 })
	if len(phases) < 2 {
		return phases
	}
	all := Phase{}
	ends := make([]int, len(phases))
	work := 0
	for i, p := range phases {
		all.Pieces += p.Pieces
		ends[i] = all.Pieces
		work += p.Pieces * p.Cost
	}
	all.Cost = ceilDiv(work, all.Pieces)
	all.Do = func(c *Call, own []float32, lo, hi int) {
		begin := 0
		for i, end := range ends {
			if from, to := max(lo, begin), min(hi, end); from < to {
				phases[i].Do(c, own, from-begin, to-begin)
			}
			begin = end
		}
	}
	return []Phase{all}
}

// bindSlice takes positions of each axis at a fixed step.
func bindSlice(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) {
		return nil, ErrUnfit
	}
	in, err := q.known()
	if err != nil {
		return nil, err
	}
	dims, strides, base, err := op.DecodeSlice(q.Node, in)
	if err != nil || !slices.Equal(dims, y.Dims) {
		return nil, ErrUnfit
	}
	// The strides and the base are those of row-major order. Convert them to the order of x.
	plain, own := x.In(nil).Strides(), x.Strides()
	from, at := make([]int, len(dims)), 0
	for d := range dims {
		from[d] = strides[d] / max(1, plain[d]) * own[d]
		at += base / max(1, plain[d]) * own[d]
		base %= max(1, plain[d])
	}
	y.Order = x.Order
	k := &Bound{Name: "slice", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	k.Phases = []Phase{stridedCopy(0, at, 0, y, from).phase()}
	return k, nil
}

// bindSplit makes several slices.
func bindSplit(q *Request) (*Bound, error) {
	x := q.in(0)
	if !floating(x) {
		return nil, ErrUnfit
	}
	in, err := q.known()
	if err != nil {
		return nil, err
	}
	axis, sizes, err := op.DecodeSplit(q.Node, in)
	if err != nil || len(sizes) != len(q.Out) {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "split", In: q.orders()}
	k.In[0] = x.Order
	from := x.Strides()
	var phases []Phase
	at := 0
	for i, y := range q.Out {
		y.Order = x.Order
		k.Out = append(k.Out, y)
		phases = append(phases, stridedCopy(0, at*from[axis], i, y, from).phase())
		at += sizes[i]
	}
	k.Phases = together(phases)
	return k, nil
}

// bindPad pads with a constant or with elements of the input. Padding may also be negative, which
// removes positions.
func bindPad(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) {
		return nil, ErrUnfit
	}
	in, err := q.known()
	if err != nil {
		return nil, err
	}
	mode, before, dims, fillWith, err := op.DecodePad(q.Node, in)
	if err != nil || !slices.Equal(dims, y.Dims) {
		return nil, ErrUnfit
	}
	if mode != "constant" {
		return padWithInput(q, mode, before), nil
	}
	value := float32(0)
	if fillWith != nil {
		if !floats(fillWith) || fillWith.Len() != 1 {
			return nil, ErrUnfit
		}
		value = graph.Data[float32](fillWith)[0]
	}
	y.Order = x.Order
	k := &Bound{Name: "pad", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	from, step := x.Strides(), y.Strides()
	region, base, to := make([]int, len(dims)), 0, 0
	for d := range dims {
		first := max(0, -before[d])
		last := min(x.Dims[d], dims[d]-before[d])
		region[d] = max(0, last-first)
		base += first * from[d]
		to += (first + before[d]) * step[d]
	}
	n := y.Len()
	k.Phases = []Phase{{Pieces: ceilDiv(n, run), Cost: run / 4, Do: func(c *Call, _ []float32, lo, hi int) {
		fill(c.Out[0][lo*run:min(n, hi*run)], value)
	}}}
	if volume(region) > 0 {
		k.Phases = append(k.Phases, regionCopy(0, base, 0, to, region, y.Order, from, step).phase())
	}
	return k, nil
}

// padWithInput pads with elements of the input.
func padWithInput(q *Request, mode string, before []int) *Bound {
	x, y := q.in(0), q.Out[0]
	y.Order = x.Order
	k := &Bound{Name: "pad", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	if y.Len() == 0 {
		return k
	}
	var axes []op.Resampled
	for d, size := range x.Dims {
		if y.Dims[d] == size && before[d] == 0 {
			continue
		}
		a := op.Resampled{Axis: d}
		for p := range y.Dims[d] {
			a.At = append(a.At, []int{op.PadSource(mode, p-before[d], size)})
		}
		axes = append(axes, a)
	}
	if len(axes) == 0 {
		return Reorder(x, x.Order).reading(q)
	}
	k.Phases = []Phase{nearestPhase(x, y, axes)}
	return k
}
