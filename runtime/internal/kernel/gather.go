package kernel

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() { bind(bindGather, "Gather") }

// bindGather takes positions of one axis, in whatever order the axes lie. The axes of the indices
// replace that axis. Indices out of bounds are left to Eval, which rejects them.
func bindGather(q *Request) (*Bound, error) {
	x, index, y := q.in(0), q.in(1), q.Out[0]
	axis := q.Node.Int("axis", 0)
	if axis < 0 {
		axis += x.Rank()
	}
	if !floating(x) || axis < 0 || axis >= x.Rank() || index.DType != graph.Int64 && index.DType != graph.Int32 {
		return nil, ErrUnfit
	}
	if x.Order != nil {
		y.Order = gatheredOrder(x.Order, axis, index.Rank())
	}
	k := &Bound{Name: "gather", Out: []Array{y}, In: q.orders()}
	k.In[0] = x.Order
	lies := inOrder(x.Dims, x.Order)
	at := axis
	if x.Order != nil {
		at = slices.Index(x.Order, axis)
	}
	g := gathering{size: x.Dims[axis], count: index.Len(), outer: volume(lies[:at]), inner: volume(lies[at+1:])}
	if index.Const != nil {
		k.Unread = []int{1}
		numbers, _ := graph.Ints(index.Const)
		if !inBounds(numbers, g.size) {
			return nil, ErrUnfit
		}
		bindNumbers(k, g, func(*Call) []int64 { return numbers })
		return k, nil
	}
	if index.DType == graph.Int64 {
		bindNumbers(k, g, func(c *Call) []int64 { return graph.Data[int64](c.Read[1]) })
	} else {
		bindNumbers(k, g, func(c *Call) []int32 { return graph.Data[int32](c.Read[1]) })
	}
	if y.Len() > 0 || index.Len() > 0 {
		k.Fits = g.fits(index.DType)
	}
	return k, nil
}

// gathering describes an axis of size positions, with outer and inner elements around and inside
// it, of which count are taken.
type gathering struct{ size, count, outer, inner int }

// fits returns a Bound's Fits for computed indices.
func (g gathering) fits(d graph.DType) func(c *Call) bool {
	if d == graph.Int64 {
		return func(c *Call) bool { return inBounds(graph.Data[int64](c.Read[1]), g.size) }
	}
	return func(c *Call) bool { return inBounds(graph.Data[int32](c.Read[1]), g.size) }
}

// inBounds reports whether all indices are positions of an axis of that size, counted from either
// end.
func inBounds[T int32 | int64](numbers []T, size int) bool {
	for _, k := range numbers {
		if int(k) < -size || int(k) >= size {
			return false
		}
	}
	return true
}

// position converts index k of an axis of that size to one counted from the front.
func position[T int32 | int64](k T, size int) int {
	if k < 0 {
		return int(k) + size
	}
	return int(k)
}

// bindNumbers gives k its phases. Numbers returns the indices of a call.
func bindNumbers[T int32 | int64](k *Bound, g gathering, numbers func(c *Call) []T) {
	n := g.count
	if g.inner == 1 { // single elements: a piece is a line of them
		k.Phases = rowsOf(g.outer, n, 2, func(c *Call, lo, hi int) {
			at := numbers(c)
			for o := lo; o < hi; o++ {
				from, to := c.In[0][o*g.size:][:g.size], c.Out[0][o*n:][:n]
				for i, p := range at {
					to[i] = from[position(p, g.size)]
				}
			}
		})
		return
	}
	k.Phases = rowsOf(g.outer*n, g.inner, 1, func(c *Call, lo, hi int) {
		at := numbers(c)
		for i := lo; i < hi; i++ {
			from := i/n*g.size + position(at[i%n], g.size)
			copy(c.Out[0][i*g.inner:(i+1)*g.inner], c.In[0][from*g.inner:])
		}
	})
}

// gatheredOrder returns the order of axes after one of them has become count others.
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
