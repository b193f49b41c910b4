package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// connectives combine truth values under broadcasting; https://onnx.ai/onnx/operators/ has
// a page for each.
var connectives = []struct {
	name string
	f    func(x, y bool) bool
}{
	{"And", func(x, y bool) bool { return x && y }},
	{"Or", func(x, y bool) bool { return x || y }},
	{"Xor", func(x, y bool) bool { return x != y }},
}

// predicates give true or false for each element alone.
var predicates = []struct {
	name  string
	since int
	f     func(n *graph.Node) func(x float64) bool
	bools bool // reads truth values; otherwise floating-point numbers
}{
	{"Not", 1, func(*graph.Node) func(float64) bool { return func(x float64) bool { return x == 0 } }, true},
	{"IsNaN", 9, func(*graph.Node) func(float64) bool { return math.IsNaN }, false},
	{"IsInf", 10, func(n *graph.Node) func(float64) bool {
		pos, neg := n.Int("detect_positive", 1) != 0, n.Int("detect_negative", 1) != 0
		return func(x float64) bool { return (pos && math.IsInf(x, 1)) || (neg && math.IsInf(x, -1)) }
	}, false},
}

func init() {
	for _, c := range connectives {
		register(Def{
			Name: c.name, Doc: c.name + " with broadcasting; https://onnx.ai/onnx/operators/onnx__" + c.name + ".html",
			Since: 1, Until: Latest, MinIn: 2, MaxIn: 2, MinOut: 1, MaxOut: 1,
			Tolerance: Exact,
			Accept:    acceptBroadcast, Couple: coupleBroadcastAll,
			Infer: func(n *graph.Node) ([]graph.Type, error) {
				t, err := inferBroadcast(n, graph.Bool)
				if err == nil {
					t.Elems = zipElems(n, t, connectDims(c.f))
				}
				return []graph.Type{t}, err
			},
			Eval: func(_ *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				if in[0].DType() != graph.Bool || in[1].DType() != graph.Bool {
					return nil, fmt.Errorf("want truth values, have %v and %v", in[0].DType(), in[1].DType())
				}
				t, err := zip(in[0], in[1], func(x, y bool) (bool, error) { return c.f(x, y), nil })
				return []*graph.Tensor{t}, err
			},
		})
	}
	for _, p := range predicates {
		register(Def{
			Name: p.name, Doc: p.name + " of each element; https://onnx.ai/onnx/operators/onnx__" + p.name + ".html",
			Since: p.since, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: Exact,
			Couple:    coupleSame,
			Infer:     func(n *graph.Node) ([]graph.Type, error) { return inferPredicate(n, p.bools) },
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				v, ok := graph.Floats(in[0])
				if !ok || (in[0].DType() == graph.Bool) != p.bools || !(p.bools || in[0].DType().IsFloat()) {
					return nil, fmt.Errorf("elements of type %v are not supported", in[0].DType())
				}
				f, out := p.f(n), make([]bool, len(v))
				for i, x := range v {
					out[i] = f(x)
				}
				return []*graph.Tensor{graph.TensorOf(out, in[0].Shape()...)}, nil
			},
		})
	}
}

// connectDims applies f to truth values. An unknown one matters only if f differs between its
// possible values.
func connectDims(f func(x, y bool) bool) func(x, y graph.Dim) graph.Dim {
	return func(x, y graph.Dim) graph.Dim {
		seen := map[bool]bool{}
		for _, a := range possible(x) {
			for _, b := range possible(y) {
				seen[f(a, b)] = true
			}
		}
		if len(seen) > 1 {
			return graph.Unknown
		}
		return truth(seen[true])
	}
}

// possible lists the truth values that d may stand for.
func possible(d graph.Dim) []bool {
	if v, known := d.Value(); known {
		return []bool{v != 0}
	}
	return []bool{false, true}
}

func inferPredicate(n *graph.Node, bools bool) ([]graph.Type, error) {
	x := inType(n, 0)
	t := graph.TensorType(graph.Bool, x.Shape)
	if bools {
		for _, e := range inputElems(n, 0) {
			if v, known := e.Int64(); known {
				e = truth(v == 0)
			}
			t.Elems = append(t.Elems, e)
		}
	}
	return []graph.Type{t}, nil
}
