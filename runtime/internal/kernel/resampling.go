package kernel

import (
	"cmp"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindResize, "Resize", "Upsample") }

// bindResize resamples axes. It keeps the order of the axes, unless it would resample neighbours in
// memory where channels could lie instead.
func bindResize(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) {
		return nil, ErrUnfit
	}
	in, err := q.known()
	if err != nil {
		return nil, err
	}
	axes, dims, nearest, err := op.DecodeResize(q.Node, in)
	if err != nil || !slices.Equal(dims, y.Dims) || y.Len() == 0 || x.Len() == 0 {
		return nil, ErrUnfit
	}
	changed := make([]bool, x.Rank())
	for _, a := range axes {
		changed[a.Axis] = true
		if slices.ContainsFunc(a.At, func(at []int) bool { return len(at) == 0 }) {
			return nil, ErrUnfit // extrapolation
		}
	}
	const few = 4 // with fewer channels a copy does not pay
	if o := order(x.Dims, x.Order); len(o) > 0 && changed[o[len(o)-1]] && x.Rank() > 2 && !changed[1] && x.Dims[1] >= few {
		x.Order = ChannelsLast(x.Rank())
	}
	y.Order = x.Order
	k := &Bound{Name: "resize", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	switch {
	case len(axes) == 0:
		return Reorder(x, x.Order).reading(q), nil
	case nearest:
		k.Phases = []Phase{nearestPhase(x, y, axes)}
	default:
		k.weigh(x, axes)
	}
	return k, nil
}

// reading gives k an entry for each input of the request.
func (k *Bound) reading(q *Request) *Bound {
	in := q.orders()
	copy(in, k.In)
	k.In = in
	return k
}

// nearestPhase copies the nearest positions. A piece is a line of the innermost resampled axis. A
// line that reads the same as the one before it is copied from that.
func nearestPhase(x, y Array, axes []op.Resampled) Phase {
	from := make([][]int, x.Rank()) // by axis, the offset of each position of y from the first
	steps := x.Strides()
	innermost := 0
	for d := range from {
		for p := range y.Dims[d] {
			from[d] = append(from[d], p*steps[d])
		}
	}
	lies := y.Order
	if lies == nil {
		lies = Identity(y.Rank())
	}
	for _, a := range axes {
		for p, at := range a.At {
			from[a.Axis][p] = at[0] * steps[a.Axis]
		}
		innermost = max(innermost, slices.Index(lies, a.Axis))
	}
	along := from[lies[innermost]]
	around := lies[:innermost]
	inner := volume(inOrder(y.Dims, y.Order)[innermost+1:])
	rows, n := 1, len(along)*inner
	for _, d := range around {
		rows *= y.Dims[d]
	}
	source := func(row int) int {
		at := 0
		for i := len(around) - 1; i >= 0; i-- {
			d := around[i]
			at += from[d][row%y.Dims[d]]
			row /= y.Dims[d]
		}
		return at
	}
	group := max(1, min(rows, run/n))
	return Phase{Pieces: ceilDiv(rows, group), Cost: group * n / 2, Do: func(c *Call, _ []float32, lo, hi int) {
		before := -1
		for row := lo * group; row < min(rows, hi*group); row++ {
			at, to := source(row), c.Out[0][row*n:][:n]
			switch {
			case at == before:
				copy(to, c.Out[0][(row-1)*n:])
			case inner == 1:
				x := c.In[0][at:]
				for p, f := range along {
					to[p] = x[f]
				}
			default:
				for p, f := range along {
					copy(to[p*inner:(p+1)*inner], c.In[0][at+f:])
				}
			}
			before = at
		}
	}}
}

// weigh resamples one axis after the other, starting with those that leave the fewest numbers to
// the rest. Intermediate results are in scratch memory, in two halves that take turns.
func (k *Bound) weigh(x Array, axes []op.Resampled) {
	slices.SortStableFunc(axes, func(a, b op.Resampled) int {
		return cmp.Compare(len(a.At)*x.Dims[b.Axis], len(b.At)*x.Dims[a.Axis])
	})
	now := slices.Clone(x.Dims)
	var sizes [2]int
	for i, a := range axes[:len(axes)-1] {
		now[a.Axis] = len(a.At)
		sizes[i%2] = max(sizes[i%2], volume(now))
	}
	k.Shared = sizes[0] + sizes[1]
	half := func(c *Call, i int) []float32 { return c.Shared[i%2*sizes[0]:][:sizes[i%2]] }
	now = slices.Clone(x.Dims)
	for i, a := range axes {
		lies := inOrder(now, x.Order)
		at := a.Axis
		if x.Order != nil {
			at = slices.Index(x.Order, a.Axis)
		}
		w := weighing{lanes: lanesOver(lies, at, at+1), at: a.At}
		for _, weights := range a.Weight {
			w.weight = append(w.weight, floatsOf(weights))
		}
		now[a.Axis] = len(a.At)
		p := w.phase(func(c *Call) (y, x []float32) {
			y, x = c.Out[0], c.In[0]
			if i > 0 {
				x = half(c, i-1)
			}
			if i < len(axes)-1 {
				y = half(c, i)
			}
			return y, x
		})
		k.Own = max(k.Own, min(w.inner, run))
		k.Phases = append(k.Phases, p)
	}
}

func floatsOf(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// weighing computes the positions of one axis as weighted sums of input positions.
type weighing struct {
	lanes
	at     [][]int
	weight [][]float32
}

// phase divides the output into pieces: lines of the axis if its positions are contiguous,
// otherwise parts of what lies within a position.
func (w *weighing) phase(memory func(c *Call) (y, x []float32)) Phase {
	out := len(w.at)
	taps := len(w.at[0])
	if w.inner == 1 {
		line := w.line
		if pairs := w.pairs(); pairs != nil {
			line = pairs.line
		}
		return rowsOf(w.outer, out, taps*2, func(c *Call, lo, hi int) {
			y, x := memory(c)
			for o := lo; o < hi; o++ {
				line(y[o*out:][:out], x[o*w.size:][:w.size])
			}
		})[0]
	}
	part := min(w.inner, run)
	parts := ceilDiv(w.inner, part)
	group := max(1, min(out, run/part)) // positions in one piece
	groups := ceilDiv(out, group)
	offsets, scale := w.repeats()
	return Phase{Pieces: w.outer * groups * parts, Cost: group * part * taps, Do: func(c *Call, own []float32, lo, hi int) {
		y, x := memory(c)
		for i := lo; i < hi; i++ {
			first, o := i%parts*part, i/parts/groups
			n := min(part, w.inner-first)
			from, to := i/parts%groups*group, min(out, (i/parts%groups+1)*group)
			if offsets != nil {
				each := len(offsets) / out
				simd.PoolAverage(y[(o*out+from)*w.inner+first:], x[o*w.size*w.inner+first:][:(w.size-1)*w.inner+n], offsets[from*each:],
					each, to-from, n, w.inner, scale[from:])
				continue
			}
			for p := from; p < to; p++ {
				to, from := y[(o*out+p)*w.inner+first:][:n], x[o*w.size*w.inner+first:]
				w.rows(to, from, own, p)
			}
		}
	}}
}

// pair is a position that is a weighted sum of two others.
type pair struct {
	a, b   int32
	wa, wb float32
}

type pairs []pair

// pairs returns the positions as pairs, or nil if one of them is a sum of more than two.
func (w *weighing) pairs() pairs {
	all := make(pairs, len(w.at))
	for p, at := range w.at {
		switch len(at) {
		case 1:
			half := w.weight[p][0] / 2 // two halves rather than 0 for one of them: 0 times infinity is NaN
			all[p] = pair{int32(at[0]), int32(at[0]), half, half}
		case 2:
			all[p] = pair{int32(at[0]), int32(at[1]), w.weight[p][0], w.weight[p][1]}
		default:
			return nil
		}
	}
	return all
}

func (v pairs) line(y, x []float32) {
	y = y[:len(v)]
	for i, p := range v {
		y[i] = p.wa*x[p.a] + p.wb*x[p.b]
	}
}

// line computes all positions of one line.
func (w *weighing) line(y, x []float32) {
	for p, at := range w.at {
		s := float32(0)
		for i, weight := range w.weight[p] {
			s += weight * x[at[i]]
		}
		y[p] = s
	}
}

// repeats describes each position as an average of rows, in which a row is repeated according to
// its weight: three of one and one of another if an image is doubled. It returns nil if that takes
// too many rows.
func (w *weighing) repeats() (offsets []int32, scale []float32) {
	const most = 8
	if w.size*w.inner > math.MaxInt32 {
		return nil, nil
	}
next:
	for n := 1; n <= most; n++ {
		offsets = offsets[:0]
		for p, at := range w.at {
			for i, a := range at {
				times := math.Round(float64(w.weight[p][i]) * float64(n))
				if times < 0 || math.Abs(times/float64(n)-float64(w.weight[p][i])) > 1e-7 {
					continue next
				}
				for range int(times) {
					offsets = append(offsets, int32(a*w.inner))
				}
			}
			if len(offsets) != (p+1)*n {
				continue next
			}
		}
		scale = make([]float32, len(w.at))
		fill(scale, 1/float32(n))
		return offsets, scale
	}
	return nil, nil
}

// rows computes position p for interleaved lines.
func (w *weighing) rows(y, x, own []float32, p int) {
	at, weight := w.at[p], w.weight[p]
	const short = 12 // fewer numbers are not worth two calls
	if len(y) < short {
		for j := range y {
			s := float32(0)
			for i, f := range weight {
				s += f * x[at[i]*w.inner+j]
			}
			y[j] = s
		}
		return
	}
	for i, f := range weight {
		from := x[at[i]*w.inner:][:len(y)]
		switch {
		case i > 0:
			simd.MulNumber(own[:len(y)], from, f)
			simd.Add(y, y, own[:len(y)])
		case f == 1:
			copy(y, from)
		default:
			simd.MulNumber(y, from, f)
		}
	}
}
