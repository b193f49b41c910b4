package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(Def{
		Name: "Shape", Doc: "the extents as a vector; https://onnx.ai/onnx/operators/onnx__Shape.html",
		Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Exact,
		Infer:     inferShape, Couple: coupleShape, Eval: evalShape,
	})
}

// shapeRange returns the range of axes, from start to end-1, that Shape reads (attributes since
// opset 15).
func shapeRange(n *graph.Node, rank int) (start, end int) {
	bound := func(name string, def int) int {
		v := n.Int(name, def)
		if n.Version < 15 {
			v = def
		}
		if v < 0 {
			v += rank
		}
		return min(max(v, 0), rank)
	}
	start, end = bound("start", 0), bound("end", rank)
	return start, max(start, end)
}

func inferShape(n *graph.Node) ([]graph.Type, error) {
	s := inShape(n, 0)
	if s == nil {
		return []graph.Type{graph.TensorType(graph.Int64, unknownShape(1))}, nil
	}
	start, end := shapeRange(n, len(s))
	t := graph.TensorType(graph.Int64, graph.ShapeOf(end-start))
	return []graph.Type{withElems(t, append([]graph.Dim{}, s[start:end]...))}, nil
}

const readAsNumber = "its extent is read as a number"

func coupleShape(n *graph.Node) (c Coupling, err error) {
	s := inShape(n, 0)
	start, end := shapeRange(n, len(s))
	read := readAxes(n, len(s), start)
	for d, extent := range s {
		if d >= start && d < end && read[d] && !extent.Is(1) {
			c.pinAxis(In(0, d), readAsNumber)
		} else {
			c.free(In(0, d), extent)
		}
	}
	c.pinAxis(Out(0, 0), "its positions are axes")
	return c, nil
}

func evalShape(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	start, end := shapeRange(n, in[0].Rank())
	v := make([]int64, 0, end-start)
	for _, d := range in[0].Shape()[start:end] {
		v = append(v, int64(d))
	}
	return []*graph.Tensor{graph.TensorOf(v, len(v))}, nil
}
