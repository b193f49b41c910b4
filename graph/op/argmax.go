package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	for name, greater := range map[string]bool{"ArgMax": true, "ArgMin": false} {
		register(Def{
			Name: name, Doc: name + ": position along axis; https://onnx.ai/onnx/operators/onnx__" + name + ".html",
			Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: Exact,
			Infer:     inferArgMax, Couple: coupleArgMax,
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				return evalArgMax(n, in[0], greater)
			},
		})
	}
}

// oneAxis returns the attribute axis, and that axis as the only true one of a list.
func oneAxis(n *graph.Node, def, rank int) (int, []bool, error) {
	axis, err := normalAxis(n.Int("axis", def), rank)
	if err != nil {
		return 0, nil, err
	}
	only := make([]bool, rank)
	only[axis] = true
	return axis, only, nil
}

func inferArgMax(n *graph.Node) ([]graph.Type, error) {
	x := inShape(n, 0)
	if x == nil {
		return []graph.Type{{DType: graph.Int64}}, nil
	}
	_, only, err := oneAxis(n, 0, len(x))
	if err != nil {
		return nil, err
	}
	return []graph.Type{graph.TensorType(graph.Int64, reducedShape(x, only, n.Int("keepdims", 1) != 0, graph.Size(1)))}, nil
}

// coupleArgMax pins the axis whose positions are the result.
func coupleArgMax(n *graph.Node) (c Coupling, err error) {
	x := inShape(n, 0)
	axis, _, err := oneAxis(n, 0, len(x))
	if err != nil {
		return c, err
	}
	c.pinAxis(In(0, axis), n.Op+" answers with positions of it")
	out := 0
	for d := range x {
		if d != axis {
			c.link(In(0, d), Out(0, out))
		}
		if d != axis || n.Int("keepdims", 1) != 0 {
			out++
		}
	}
	return c, nil
}

func evalArgMax(n *graph.Node, x *graph.Tensor, greater bool) ([]*graph.Tensor, error) {
	axis, only, err := oneAxis(n, 0, x.Rank())
	if err != nil {
		return nil, err
	}
	l := lanesOver(x.Shape(), axis, axis+1)
	dims := reducedShape(x.Shape(), only, n.Int("keepdims", 1) != 0, 1)
	if l.size == 0 && volume(dims) > 0 {
		return nil, fmt.Errorf("axis %d of shape %v has no positions", axis, x.Shape())
	}
	last := n.Int("select_last_index", 0) != 0
	var out []int64
	if v, ok := graph.Ints(x); ok {
		out = argBest(l, v, greater, last)
	} else if v, ok := graph.Floats(x); ok {
		out = argBest(l, v, greater, last)
	} else {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	return []*graph.Tensor{graph.TensorOf(out, dims...)}, nil
}

// argBest returns the position of the greatest or least element of every lane, the first or the last of equal ones.
func argBest[T number](l lanes, v []T, greater, last bool) []int64 {
	out := make([]int64, l.outer*l.inner)
	l.each(func(lane, first int) {
		best := 0
		for k := range l.size {
			a, b := v[first+k*l.inner], v[first+best*l.inner]
			if (a > b && greater) || (a < b && !greater) || (a == b && last) {
				best = k
			}
		}
		out[lane] = int64(best)
	})
	return out
}
