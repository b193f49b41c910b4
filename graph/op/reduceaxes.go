package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// reduceAxes reports for every axis whether it is reduced. nil axes means all of them, or none if
// the node asks for that.
func reduceAxes(n *graph.Node, axes []int, rank int) ([]bool, error) {
	normal, err := normalAxes(axes, rank)
	if err != nil {
		return nil, err
	}
	reduced := make([]bool, rank)
	for _, a := range normal {
		reduced[a] = true
	}
	if len(axes) == 0 && n.Int("noop_with_empty_axes", 0) == 0 {
		for a := range reduced {
			reduced[a] = true
		}
	}
	return reduced, nil
}

// knownReduceAxes is reduceAxes as far as inference knows. It returns nil if the axes are computed
// at run time.
func knownReduceAxes(n *graph.Node, rank int) ([]bool, error) {
	axes := n.Ints("axes")
	if n.In(1) != nil {
		var known bool
		if axes, known = inputInts(n, 1); !known {
			return nil, nil
		}
	}
	return reduceAxes(n, axes, rank)
}

// reduceAxesOf is reduceAxes for the inputs of an Eval.
func reduceAxesOf(n *graph.Node, in []*graph.Tensor) ([]bool, error) {
	axes := n.Ints("axes")
	if len(in) > 1 && in[1] != nil {
		v, ok := graph.Ints(in[1])
		if !ok {
			return nil, fmt.Errorf("axes: elements of type %v are not supported", in[1].DType())
		}
		axes = nil
		for _, a := range v {
			axes = append(axes, graph.Saturate(a))
		}
	}
	return reduceAxes(n, axes, in[0].Rank())
}

func inferReduce(n *graph.Node, dims func(x, y graph.Dim) graph.Dim) ([]graph.Type, error) {
	x := inType(n, 0)
	if x.Shape == nil {
		return []graph.Type{{DType: x.DType}}, nil
	}
	keep := n.Int("keepdims", 1) != 0
	reduced, err := knownReduceAxes(n, len(x.Shape))
	if err != nil {
		return nil, err
	}
	if reduced == nil {
		if keep {
			return []graph.Type{graph.TensorType(x.DType, unknownShape(len(x.Shape)))}, nil
		}
		return []graph.Type{{DType: x.DType}}, nil
	}
	t := graph.TensorType(x.DType, reducedShape(x.Shape, reduced, keep, graph.Size(1)))
	switch elems := inputElems(n, 0); {
	case dims == nil || len(x.Shape) > 1 || len(elems) == 0 || x.DType == graph.Bool:
	case !slices.Contains(reduced, true):
		t.Elems = elems
	default:
		all := elems[0]
		for _, e := range elems[1:] {
			all = dims(all, e)
		}
		t.Elems = []graph.Dim{all}
	}
	return []graph.Type{t}, nil
}

// reducedShape removes the reduced axes, or gives them extent 1.
func reducedShape[T any](shape []T, reduced []bool, keep bool, one T) []T {
	out := make([]T, 0, len(shape))
	for i, d := range shape {
		switch {
		case !reduced[i]:
			out = append(out, d)
		case keep:
			out = append(out, one)
		}
	}
	return out
}

// coupleReduce couples the axes that remain. A reduced one may be cut, with a statistic over it
// unless zeros are neutral.
func coupleReduce(n *graph.Node, neutral bool) (c Coupling, err error) {
	x := inShape(n, 0)
	reduced, err := knownReduceAxes(n, len(x))
	if err != nil {
		return c, err
	}
	if reduced == nil {
		return c, fmt.Errorf("the axes are computed at run time")
	}
	keep := n.Int("keepdims", 1) != 0
	out := 0
	for d := range x {
		switch {
		case !reduced[d]:
			c.link(In(0, d), Out(0, out))
			out++
			continue
		case !neutral:
			statOver(&c, n, d, d+1)
		}
		c.free(In(0, d), x[d])
		if keep {
			out++
		}
	}
	return c, nil
}

// reduce applies f, or ints for integers, to the elements that are reduced to one.
func reduce(x *graph.Tensor, reduced []bool, keep bool, f func([]float64) float64, ints func([]int64) int64) (*graph.Tensor, error) {
	dims := reducedShape(x.Shape(), reduced, keep, 1)
	if !x.DType().IsFloat() && ints != nil {
		v, ok := graph.Ints(x)
		if !ok {
			return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
		}
		out := reduceBy(v, x.Shape(), reduced, ints)
		if x.DType() == graph.Bool { // the largest and the least of none are the ends of the type
			for i, r := range out {
				out[i] = min(max(r, 0), 1)
			}
		}
		return fromInts(x.DType(), out, dims)
	}
	v, ok := graph.Floats(x)
	if !ok {
		return nil, fmt.Errorf("elements of type %v are not supported", x.DType())
	}
	return fromFloats(x.DType(), reduceBy(v, x.Shape(), reduced, f), dims)
}

// reduceBy collects the elements of every output element, then applies f.
func reduceBy[T number](v []T, dims []int, reduced []bool, f func([]T) T) []T {
	kept := reducedShape(dims, reduced, true, 1)
	lines := make([][]T, volume(kept))
	for i, o := range broadcastIndex(kept, dims) {
		lines[o] = append(lines[o], v[i])
	}
	out := make([]T, len(lines))
	for i, line := range lines {
		out[i] = f(line)
	}
	return out
}
