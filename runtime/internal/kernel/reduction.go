package kernel

import (
	"math"
	"slices"

	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

// reduction computes one number from many.
type reduction struct {
	line func(x []float32) float64 // for contiguous numbers
	// rows, if not nil, is line for c columns of rows that begin ld apart. It is faster than
	// transposing them.
	rows func(y, x []float32, rows, c, ld int)
	cost int
}

// reductions is indexed by operator; https://onnx.ai/onnx/operators/ has a page for each.
var reductions = map[string]reduction{
	"ReduceSum":         {simd.Sum, simd.SumRows, 1},
	"ReduceMean":        {meanOf, simd.MeanRows, 1},
	"GlobalAveragePool": {meanOf, simd.MeanRows, 1},
	"ReduceMax":         {largestOf, foldRows(simd.Max), 1},
	"GlobalMaxPool":     {largestOf, foldRows(simd.Max), 1},
	"ReduceMin":         {smallestOf, foldRows(simd.Min), 1},
	"ReduceL1":          {sumAbs, nil, 2},
	"ReduceL2":          {func(x []float32) float64 { return math.Sqrt(sumSquares(x)) }, nil, 2},
	"ReduceSumSquare":   {sumSquares, nil, 2},
	"ReduceLogSum":      {func(x []float32) float64 { return math.Log(simd.Sum(x)) }, nil, 2},
	"ReduceLogSumExp":   {simd.LogSumExp, nil, 8},
	"ReduceProd": {func(x []float32) float64 {
		p := 1.0
		for _, v := range x {
			p *= float64(v)
		}
		return p
	}, nil, 2},
}

func init() {
	for name := range reductions {
		bind(bindReduce, name)
	}
}

func meanOf(x []float32) float64 { return simd.Sum(x) / float64(len(x)) }

func largestOf(x []float32) float64 { return float64(simd.MaxOf(x)) }

// smallestOf compares in four chains, which the processor runs in parallel. NaN wins.
func smallestOf(x []float32) float64 {
	top := float32(math.Inf(1))
	a, b, c, d := top, top, top, top
	for len(x) >= 4 {
		a, b, c, d = min(a, x[0]), min(b, x[1]), min(c, x[2]), min(d, x[3])
		x = x[4:]
	}
	for _, v := range x {
		a = min(a, v)
	}
	return float64(min(a, b, c, d))
}

// sumSquares adds in four chains, as the others do.
func sumSquares(x []float32) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		p, q, r, s := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		a, b, c, d = a+p*p, b+q*q, c+r*r, d+s*s
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v) * float64(v)
	}
	return a + b + c + d
}

func sumAbs(x []float32) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a, b, c, d = a+math.Abs(float64(x[0])), b+math.Abs(float64(x[1])), c+math.Abs(float64(x[2])), d+math.Abs(float64(x[3]))
		x = x[4:]
	}
	for _, v := range x {
		a += math.Abs(float64(v))
	}
	return a + b + c + d
}

// foldRows combines the first row with each of the others.
func foldRows(f func(z, x, y []float32)) func(y, x []float32, rows, c, ld int) {
	return func(y, x []float32, rows, c, ld int) {
		copy(y[:c], x)
		for r := 1; r < rows; r++ {
			f(y[:c], y[:c], x[r*ld:][:c])
		}
	}
}

// bindReduce wants the reduced axes to be contiguous in memory.
func bindReduce(q *Request) (*Bound, error) {
	x, y := q.in(0), q.Out[0]
	if !floating(x) || x.Rank() == 0 {
		return nil, ErrUnfit
	}
	reduced, keep, err := reducedAxes(q)
	if err != nil || !slices.Contains(reduced, true) {
		return nil, ErrUnfit
	}
	l, ok := reducedLanes(x, reduced)
	if !ok {
		x.Order = reducedInnermost(x, reduced)
		l, _ = reducedLanes(x, reduced)
	}
	if l.size == 0 || y.Len() == 0 {
		return nil, ErrUnfit
	}
	y.Order = reducedOrder(x, reduced, keep)
	k := &Bound{Name: "reduce", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	r := reductions[q.Node.Op]
	switch {
	case l.inner == 1:
		k.Phases = rowsOf(l.outer, l.size, r.cost, func(c *Call, lo, hi int) {
			for i := lo; i < hi; i++ {
				c.Out[0][i] = float32(r.line(c.In[0][i*l.size : (i+1)*l.size]))
			}
		})
	case r.rows != nil:
		k.Phases = []Phase{l.byColumns(64, r.cost, func(y, x, _ []float32, n int) { r.rows(y, x, l.size, n, l.inner) })}
	default:
		const width = 16
		k.Own = l.size * width
		k.Phases = []Phase{l.byColumns(width, r.cost+1, func(y, x, own []float32, n int) {
			simd.Transpose(own, x, l.size, n, l.inner, l.size)
			for i := range n {
				y[i] = float32(r.line(own[i*l.size:][:l.size]))
			}
		})}
	}
	return k, nil
}

// byColumns calls f for width columns at a time. Y has one number for each column, and x starts
// with the first of their rows.
func (l lanes) byColumns(width, cost int, f func(y, x, own []float32, n int)) Phase {
	parts := ceilDiv(l.inner, width)
	return Phase{Pieces: l.outer * parts, Cost: l.size * min(width, l.inner) * cost, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			o, first := i/parts, i%parts*width
			n := min(width, l.inner-first)
			f(c.Out[0][o*l.inner+first:][:n], c.In[0][o*l.size*l.inner+first:], own, n)
		}
	}}
}

// reducedAxes returns which axes are reduced, and whether the result keeps them.
func reducedAxes(q *Request) (reduced []bool, keep bool, err error) {
	x := q.in(0)
	if q.Node.Op == "GlobalAveragePool" || q.Node.Op == "GlobalMaxPool" {
		reduced = make([]bool, x.Rank())
		for d := 2; d < x.Rank(); d++ {
			reduced[d] = true
		}
		return reduced, true, nil
	}
	in, err := q.known()
	if err != nil {
		return nil, false, err
	}
	reduced, _, err = op.DecodeReduce(q.Node, in)
	return reduced, q.Node.Int("keepdims", 1) != 0, err
}

// reducedInnermost returns x's order with the reduced axes after the others.
func reducedInnermost(x Array, reduced []bool) []int {
	lies := x.Order
	if lies == nil {
		lies = Identity(x.Rank())
	}
	var kept, gone []int
	for _, d := range lies {
		if reduced[d] {
			gone = append(gone, d)
		} else {
			kept = append(kept, d)
		}
	}
	return append(kept, gone...)
}

// reducedLanes returns how the reduced axes lie in memory. It returns ok == false if other axes lie
// between them.
func reducedLanes(x Array, reduced []bool) (l lanes, ok bool) {
	l = lanes{1, 1, 1}
	state := 0 // before, in, and after the reduced axes
	for _, d := range order(x.Dims, x.Order) {
		switch {
		case reduced[d] && state == 2:
			return l, false
		case reduced[d]:
			state = 1
			l.size *= x.Dims[d]
		case state == 0:
			l.outer *= x.Dims[d]
		default:
			state = 2
			l.inner *= x.Dims[d]
		}
	}
	return l, true
}

// reducedOrder returns the order of the remaining axes of x.
func reducedOrder(x Array, reduced []bool, keep bool) []int {
	if x.Order == nil || keep {
		return x.Order
	}
	number := make([]int, x.Rank())
	n := 0
	for d := range number {
		number[d] = n
		if !reduced[d] {
			n++
		}
	}
	var o []int
	for _, d := range x.Order {
		if !reduced[d] {
			o = append(o, number[d])
		}
	}
	return o
}
