package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "TensorScatter", Doc: "a cache of keys or values with new ones written to it; https://onnx.ai/onnx/operators/onnx__TensorScatter.html",
		Since: 24, Until: Latest, MinIn: 2, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes: func(n *graph.Node, i int) Interval { // where the update of each sample begins
			if i != 2 {
				return Any
			}
			cache, err := cacheAxis(n, inShape(n, 0), inShape(n, 1))
			if update := inShape(n, 1); err == nil && cache < len(update) {
				size, known := inShape(n, 0)[cache].Value()
				written, also := update[cache].Value()
				if known && also {
					return Interval{0, int64(max(0, size-written))}
				}
			}
			return Any
		},
		Infer: inferTensorScatter, Couple: coupleTensorScatter, Eval: evalTensorScatter,
	})
}

// cacheAxis returns the axis along which the operator writes. It is not that of the samples.
func cacheAxis(n *graph.Node, cache, update graph.Shape) (int, error) {
	axis, err := normalAxis(n.Int("axis", -2), len(cache))
	if err == nil && axis == 0 {
		err = fmt.Errorf("axis: 0 is that of the samples")
	}
	if err == nil && len(cache) != len(update) {
		err = fmt.Errorf("update: want %d axes as the cache has, have shape %v", len(cache), update)
	}
	if err != nil {
		return 0, err
	}
	for d := range cache {
		a, okA := cache[d].Value()
		b, okB := update[d].Value()
		if okA && okB && (b > a || b < a && d != axis) {
			return 0, fmt.Errorf("update of shape %v does not go with a cache of shape %v", update, cache)
		}
	}
	return axis, nil
}

func inferTensorScatter(n *graph.Node) ([]graph.Type, error) {
	if cache, update := inShape(n, 0), inShape(n, 1); cache != nil && update != nil {
		if _, err := cacheAxis(n, cache, update); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func coupleTensorScatter(n *graph.Node) (c Coupling, err error) {
	cache := inShape(n, 0)
	axis, err := cacheAxis(n, cache, inShape(n, 1))
	if err != nil {
		return c, err
	}
	const numbered = "its positions are numbers to write at"
	for d := range cache {
		if d == axis {
			for _, a := range []Axis{In(0, d), In(1, d), Out(0, d)} {
				c.pinAxis(a, numbered)
			}
			continue
		}
		c.link(In(0, d), Out(0, d))
		c.link(In(1, d), Out(0, d))
	}
	if n.In(2) != nil {
		c.link(In(2, 0), Out(0, 0))
	}
	return c, nil
}

func evalTensorScatter(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	cache, update := in[0], in[1]
	axis, err := cacheAxis(n, graph.ShapeOf(cache.Shape()...), graph.ShapeOf(update.Shape()...))
	if err != nil {
		return nil, err
	}
	mode := n.Str("mode", "linear")
	if mode != "linear" && mode != "circular" {
		return nil, fmt.Errorf("mode: %q is none of linear, circular", mode)
	}
	samples, room := cache.Shape()[0], cache.Shape()[axis]
	starts, err := intsOf(in, 2)
	if err != nil {
		return nil, err
	}
	if starts == nil {
		starts = make([]int, samples)
	}
	if len(starts) != samples {
		return nil, fmt.Errorf("write_indices: want %d, one for each sample, have %d", samples, len(starts))
	}
	if mode == "linear" && slices.ContainsFunc(starts, func(s int) bool { return s < 0 || s > room-update.Shape()[axis] }) {
		return nil, fmt.Errorf("write_indices: want 0 to %d, have %v", room-update.Shape()[axis], starts)
	}
	if room == 0 {
		return []*graph.Tensor{cache}, nil
	}
	at := make([]int, cache.Rank())
	t, err := arrange(cache.DType(), cache.Shape(), func(i int) (*graph.Tensor, int) {
		unravel(i, cache.Shape(), at)
		from := (at[axis] - starts[at[0]]%room + room) % room
		if from >= update.Shape()[axis] {
			return cache, i
		}
		at[axis] = from
		return update, ravel(at, update.Shape())
	})
	return []*graph.Tensor{t}, err
}
