package op

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Unique", Doc: "each element, or slice along an axis, once; https://onnx.ai/onnx/operators/onnx__Unique.html",
		Since: 11, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 4,
		Tolerance: Exact,
		Infer:     inferUnique, Eval: evalUnique,
	})
}

// inferUnique leaves the extents unknown, because they depend on the contents.
func inferUnique(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	count := graph.Unknown
	if v := n.In(0); v != nil && v.IsConstant() {
		u, err := uniqueOf(n, v.Const)
		if err != nil {
			return nil, err
		}
		count = graph.Size(len(u.first))
	}
	y := graph.TensorType(x.DType, graph.Shape{count})
	all := x.Shape.Elems()
	if n.Attr("axis") != nil {
		y.Shape, all = x.Shape.Clone(), graph.Unknown
		if x.Shape != nil {
			axis, err := normalAxis(n.Int("axis", 0), len(x.Shape))
			if err != nil {
				return nil, err
			}
			y.Shape[axis], all = count, x.Shape[axis]
		}
	}
	vector := graph.TensorType(graph.Int64, graph.Shape{count})
	return []graph.Type{y, vector, graph.TensorType(graph.Int64, graph.Shape{all}), vector}, nil
}

// unique holds the distinct elements or slices of a tensor, here called kinds: the first place of
// each and how often it occurs, and the kind at every place.
type unique struct {
	lanes                 lanes
	first, counts, kindAt []int
}

// uniqueOf finds the kinds, in the order in which Unique outputs them.
func uniqueOf(n *graph.Node, x *graph.Tensor) (u unique, err error) {
	u.lanes = lanes{1, x.Len(), 1}
	if n.Attr("axis") != nil {
		axis, err := normalAxis(n.Int("axis", 0), x.Rank())
		if err != nil {
			return u, err
		}
		u.lanes = lanesOver(x.Shape(), axis, axis+1)
	}
	compare, err := comparison(x)
	if err != nil {
		return u, err
	}
	l := u.lanes
	slicesOf := func(a, b int) int {
		for i := range l.outer * l.inner {
			base := i/l.inner*l.size*l.inner + i%l.inner
			if c := compare(base+a*l.inner, base+b*l.inner); c != 0 {
				return c
			}
		}
		return 0
	}
	order := make([]int, l.size)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, slicesOf)
	u.kindAt = make([]int, l.size)
	for i, at := range order {
		if i == 0 || slicesOf(order[i-1], at) != 0 {
			u.first, u.counts = append(u.first, at), append(u.counts, 0)
		}
		u.kindAt[at] = len(u.first) - 1
		u.counts[u.kindAt[at]]++
	}
	if n.Int("sorted", 1) == 0 {
		u.asFound()
	}
	return u, nil
}

// asFound sorts the kinds by their first places.
func (u *unique) asFound() {
	order := make([]int, len(u.first))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return u.first[a] - u.first[b] })
	first, counts, now := make([]int, len(order)), make([]int, len(order)), make([]int, len(order))
	for i, k := range order {
		first[i], counts[i], now[k] = u.first[k], u.counts[k], i
	}
	u.first, u.counts = first, counts
	for at, k := range u.kindAt {
		u.kindAt[at] = now[k]
	}
}

// comparison compares elements of x by their indices.
func comparison(x *graph.Tensor) (func(a, b int) int, error) {
	if x.DType() == graph.String {
		v := graph.Data[string](x)
		return func(a, b int) int { return strings.Compare(v[a], v[b]) }, nil
	}
	if x.DType() == graph.Uint64 {
		v := graph.Data[uint64](x)
		return func(a, b int) int { return cmp.Compare(v[a], v[b]) }, nil
	}
	if v, ok := graph.Ints(x); ok {
		return func(a, b int) int { return cmp.Compare(v[a], v[b]) }, nil
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	return func(a, b int) int { return cmp.Compare(v[a], v[b]) }, nil
}

func evalUnique(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x := in[0]
	u, err := uniqueOf(n, x)
	if err != nil {
		return nil, err
	}
	count, dims := len(u.first), []int{len(u.first)}
	if n.Attr("axis") != nil {
		axis, _ := normalAxis(n.Int("axis", 0), x.Rank())
		dims = slices.Clone(x.Shape())
		dims[axis] = count
	}
	from := make([]int, volume(dims))
	for i := range from {
		inner := u.lanes.inner
		outer, k := i/inner/count, i/inner%count
		from[i] = (outer*u.lanes.size+u.first[k])*inner + i%inner
	}
	y, err := pick(x, from, dims)
	return []*graph.Tensor{y, longs(u.first), longs(u.kindAt), longs(u.counts)}, err
}

// longs returns a vector of int64.
func longs(v []int) *graph.Tensor {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return graph.TensorOf(out, len(out))
}
