package op

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "OneHot", Doc: "a new axis with one value on, the others off; https://onnx.ai/onnx/operators/onnx__OneHot.html",
		Since: 9, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Takes:     atLeastOne(1),
		Infer:     inferOneHot, Eval: evalOneHot,
	})
}

func inferOneHot(n *graph.Node) ([]graph.Type, error) {
	t := graph.Type{DType: inType(n, 2).DType}
	index := inShape(n, 0)
	if index == nil {
		return []graph.Type{t}, nil
	}
	axis, err := normalAxis(n.Int("axis", -1), len(index)+1)
	if err != nil {
		return nil, err
	}
	depth := graph.Unknown
	if d := inputElems(n, 1); len(d) == 1 {
		depth = d[0]
	}
	if v, known := depth.Value(); known && v < 0 {
		return nil, fmt.Errorf("depth: want a number from 0, have %d", v)
	}
	t.Shape = slices.Insert(index.Clone(), axis, depth)
	return []graph.Type{t}, nil
}

// evalOneHot leaves a line at the off value if its index is out of range.
func evalOneHot(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	axis, err := normalAxis(n.Int("axis", -1), in[0].Rank()+1)
	if err != nil {
		return nil, err
	}
	index, okI := graph.Floats(in[0])
	depths, okD := graph.Floats(in[1])
	if !okI || !okD || len(depths) != 1 || depths[0] < 0 || in[2].Len() != 2 {
		return nil, fmt.Errorf("want indices, one depth and two values, have %v, %v%v and %d values", in[0].DType(), in[1].DType(), in[1].Shape(), in[2].Len())
	}
	depth := int(depths[0])
	dims := slices.Insert(slices.Clone(in[0].Shape()), axis, depth)
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	l := lanesOver(dims, axis, axis+1)
	from := make([]int, volume(dims))
	l.each(func(lane, first int) {
		hot := int(index[lane])
		if hot < 0 {
			hot += depth
		}
		if hot >= 0 && hot < depth {
			from[first+hot*l.inner] = 1
		}
	})
	t, err := pick(in[2], from, dims)
	return []*graph.Tensor{t}, err
}
