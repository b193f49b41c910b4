package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() { bind(bindGather, "Gather") }

// bindGather takes positions of one axis by constant numbers, in whatever order the axes lie: the axes of the
// numbers take the place of that axis.
func bindGather(q *Request) (*Bound, error) {
	x, index, y := q.in(0), q.in(1), q.Out[0]
	axis := q.Node.Int("axis", 0)
	if axis < 0 {
		axis += x.Rank()
	}
	if !floating(x) || index.Const == nil || axis < 0 || axis >= x.Rank() {
		return nil, ErrUnfit
	}
	numbers, ok := graph.Ints(index.Const)
	if !ok || !index.DType.IsInt() {
		return nil, ErrUnfit
	}
	rows := make([]int, len(numbers))
	size := x.Dims[axis]
	for i, k := range numbers {
		if k < 0 {
			k += int64(size)
		}
		if k < 0 || k >= int64(size) {
			return nil, ErrUnfit
		}
		rows[i] = int(k)
	}
	if x.Order != nil {
		y.Order = gatheredOrder(x.Order, axis, index.Rank())
	}
	k := &Bound{Name: "gather", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	if y.Len() == 0 {
		return k, nil
	}
	lies := inOrder(x.Dims, x.Order)
	at := axis
	if x.Order != nil {
		at = slices.Index(x.Order, axis)
	}
	outer, inner := volume(lies[:at]), volume(lies[at+1:])
	if inner == 1 { // single numbers: a piece is a line of them
		k.Phases = rowsOf(outer, len(rows), 2, func(c *Call, lo, hi int) {
			for o := lo; o < hi; o++ {
				from, to := c.In[0][o*size:][:size], c.Out[0][o*len(rows):][:len(rows)]
				for i, r := range rows {
					to[i] = from[r]
				}
			}
		})
		return k, nil
	}
	k.Phases = rowsOf(outer*len(rows), inner, 1, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			copy(c.Out[0][i*inner:(i+1)*inner], c.In[0][(i/len(rows)*size+rows[i%len(rows)])*inner:])
		}
	})
	return k, nil
}

// gatheredOrder is the order of axes of which one has become so many others.
func gatheredOrder(order []int, axis, count int) []int {
	var o []int
	for _, d := range order {
		switch {
		case d < axis:
			o = append(o, d)
		case d > axis:
			o = append(o, d-1+count)
		default:
			for i := range count {
				o = append(o, axis+i)
			}
		}
	}
	return o
}
