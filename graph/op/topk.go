package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	d := Def{
		Name: "TopK", Doc: "the k greatest or least elements along axis, and where they are; https://onnx.ai/onnx/operators/onnx__TopK.html",
		Since: 1, Until: 9, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 2,
		Tolerance: Exact,
		Infer:     inferTopK, Couple: coupleTopK, Eval: evalTopK,
	}
	register(d)
	d.Since, d.Until, d.MinIn, d.MaxIn = 10, Latest, 2, 2 // k became an input
	register(d)
}

func inferTopK(n *graph.Node) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}, {DType: graph.Int64}}, nil
	}
	axis, err := normalAxis(n.Int("axis", -1), len(x.Shape))
	if err != nil {
		return nil, err
	}
	out := x.Shape.Clone()
	out[axis] = graph.Unknown
	if n.Version < 10 {
		out[axis] = graph.Size(n.Int("k", -1))
	} else if k := inputElems(n, 1); len(k) == 1 {
		out[axis] = k[0]
	}
	if k, known := out[axis].Value(); known {
		if size, sized := x.Shape[axis].Value(); k < 0 || (sized && k > size) {
			return nil, fmt.Errorf("k: want 0 to %v, have %d", x.Shape[axis], k)
		}
	}
	return []graph.Type{graph.TensorType(x.DType, out), graph.TensorType(graph.Int64, out)}, nil
}

func coupleTopK(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	axis, err := normalAxis(n.Int("axis", -1), len(x))
	if err != nil {
		return c, err
	}
	for d := range x {
		if d == axis {
			c.pinAxis(In(0, d), n.Op+" chooses among its positions")
			continue
		}
		for o := range n.Outputs() {
			if n.Out(o) != nil {
				c.link(In(0, d), Out(o, d))
			}
		}
	}
	return c, nil
}

// evalTopK always sorts, although an attribute allows not to. Equal elements stay in order.
func evalTopK(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	x, k := in[0], n.Int("k", -1)
	axis, err := normalAxis(n.Int("axis", -1), x.Rank())
	if err != nil {
		return nil, err
	}
	if n.Version >= 10 {
		v, ok := graph.Ints(in[1])
		if !ok || len(v) != 1 {
			return nil, fmt.Errorf("k: want one integer, have %v%v", in[1].DType(), in[1].Shape())
		}
		k = graph.Saturate(v[0])
	}
	l := lanesOver(x.Shape(), axis, axis+1)
	if k < 0 || k > l.size {
		return nil, fmt.Errorf("k: want 0 to %d, have %d", l.size, k)
	}
	largest := n.Int("largest", 1) != 0
	var positions [][]int
	if v, ok := graph.Ints(x); ok {
		positions = ranked(l, v, largest)
	} else if v, ok := graph.Floats(x); ok {
		positions = ranked(l, v, largest)
	} else {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	dims := slices.Clone(x.Shape())
	dims[axis] = k
	out := lanesOver(dims, axis, axis+1)
	from, where := make([]int, volume(dims)), make([]int64, volume(dims))
	out.each(func(lane, first int) {
		start := lane/l.inner*l.size*l.inner + lane%l.inner
		for i, p := range positions[lane][:k] {
			from[first+i*l.inner] = start + p*l.inner
			where[first+i*l.inner] = int64(p)
		}
	})
	values, err := pick(x, from, dims)
	return []*graph.Tensor{values, graph.TensorOf(where, dims...)}[:len(n.Outputs())], err
}

// ranked returns the positions of every lane, the greatest (or least) element first.
func ranked[T number](l lanes, v []T, largest bool) [][]int {
	out := make([][]int, l.outer*l.inner)
	l.each(func(lane, first int) {
		p := make([]int, l.size)
		for i := range p {
			p[i] = i
		}
		slices.SortStableFunc(p, func(i, j int) int {
			a, b := v[first+i*l.inner], v[first+j*l.inner]
			switch {
			case a == b:
				return 0
			case (a > b) == largest:
				return -1
			}
			return 1
		})
		out[lane] = p
	})
	return out
}
