package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "Range", Doc: "numbers from start to limit by delta; https://onnx.ai/onnx/operators/onnx__Range.html",
		Since: 11, Until: Latest, MinIn: 3, MaxIn: 3, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Takes:     atLeastOne(1, 2),
		Infer:     inferRange,
		Couple: func(n *graph.Node) (c Coupling, err error) {
			for i := range 3 {
				pinInput(&c, n, i, isParameter)
			}
			c.pinAxis(Out(0, 0), "positions are the numbers that Range computes")
			return c, nil
		},
		Eval: evalRange,
	})
}

func inferRange(n *graph.Node) ([]graph.Type, error) {
	t := graph.TensorType(inType(n, 0).DType, unknownShape(1))
	a, b, c := inputElems(n, 0), inputElems(n, 1), inputElems(n, 2)
	if len(a) == 1 && len(b) == 1 && len(c) == 1 {
		start, known := a[0].Int64()
		limit, bounded := b[0].Int64()
		delta, steps := c[0].Int64()
		switch {
		case known && bounded && steps:
			count, err := rangeCount(float64(start), float64(limit), float64(delta))
			if err != nil {
				return nil, err
			}
			t.Shape = graph.Shape{graph.Size(count)}
			if count <= graph.MaxElems {
				elems := make([]graph.Dim, count)
				for i := range elems {
					elems[i] = graph.Size64(start + int64(i)*delta)
				}
				t = withElems(t, elems)
			}
		case a[0].Is(0) && c[0].Is(1):
			t.Shape = graph.Shape{b[0]} // symbols are never negative
		default:
			t.Shape = graph.Shape{graph.Derived("range(%s,%s,%s)", a[0], b[0], c[0])}
		}
		return []graph.Type{t}, nil
	}
	var bounds [3]float64
	for i := range bounds {
		v := n.In(i)
		if v.Const == nil {
			return []graph.Type{t}, nil
		}
		f, ok := graph.Floats(v.Const)
		if !ok || len(f) != 1 {
			return nil, fmt.Errorf("input %d: want one number, have %v%v", i, v.Const.DType(), v.Const.Shape())
		}
		bounds[i] = f[0]
	}
	count, err := rangeCount(bounds[0], bounds[1], bounds[2])
	t.Shape = graph.ShapeOf(count)
	return []graph.Type{t}, err
}

// rangeCount returns how many numbers there are. delta must not be 0.
func rangeCount(start, limit, delta float64) (int, error) {
	if delta == 0 {
		return 0, fmt.Errorf("delta: want a number other than 0")
	}
	count := math.Max(0, math.Ceil((limit-start)/delta))
	if !(count <= mostElements) { // NaN as well
		return 0, fmt.Errorf("from %v to %v by %v: want at most %d numbers", start, limit, delta, mostElements)
	}
	return int(count), nil
}

func evalRange(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	d := in[0].DType()
	var bounds [3]float64
	for i, t := range in {
		v, ok := graph.Floats(t)
		if !ok || len(v) != 1 || t.DType() != d {
			return nil, fmt.Errorf("input %d: want one %v, have %v%v", i, d, t.DType(), t.Shape())
		}
		bounds[i] = v[0]
	}
	count, err := rangeCount(bounds[0], bounds[1], bounds[2])
	if err != nil {
		return nil, err
	}
	v := make([]float64, count)
	for i := range v {
		v[i] = bounds[0] + float64(i)*bounds[2]
	}
	t, err := fromFloats(d, v, []int{len(v)})
	return []*graph.Tensor{t}, err
}
