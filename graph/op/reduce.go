package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// reductions map the elements along some axes to one; https://onnx.ai/onnx/operators/ has a
// page for each.
var reductions = []struct {
	name string
	axes int // first opset version whose axes are an input; an attribute before
	// neutral says that zeros among the elements do not change the result, so that axes may be cut
	// without changing the statistic.
	neutral bool
	f       func([]float64) float64
	ints    func([]int64) int64            // nil means computed by f
	dims    func(x, y graph.Dim) graph.Dim // on elements of shape arithmetic; nil: not known
	grad    func(b *Backward, axes []int) error
}{
	{"ReduceSum", 13, true, sumOf[float64], sumOf[int64], graph.Dim.Add, gradReduceSum},
	{"ReduceMean", 18, false, mean, meanOfInts, nil, gradReduceMean},
	{"ReduceMax", 18, false, maxOf, maxOfInts, boundDims(func(x, y int64) int64 { return max(x, y) }), gradReduceExtreme},
	{"ReduceMin", 18, false, minOf, minOfInts, boundDims(func(x, y int64) int64 { return min(x, y) }), gradReduceExtreme},
	{"ReduceProd", 18, false, productOf[float64], productOf[int64], graph.Dim.Mul, gradReduceProd},
	{"ReduceL1", 18, true, sumOfAbs[float64], sumOfAbs[int64], nil, gradReduceL1},
	{"ReduceL2", 18, true, func(v []float64) float64 { return math.Sqrt(sumOfSquares(v)) }, nil, nil, gradReduceL2},
	{"ReduceSumSquare", 18, true, sumOfSquares[float64], sumOfSquares[int64], nil, gradReduceSumSquare},
	{"ReduceLogSum", 18, true, func(v []float64) float64 { return math.Log(sumOf(v)) }, nil, nil, gradReduceLogSum},
	{"ReduceLogSumExp", 18, false, logSumExp, nil, nil, gradReduceLogSumExp},
}

// number lists the types that Evals calculate with.
type number interface{ float64 | int64 }

func sumOf[T number](v []T) (total T) {
	for _, x := range v {
		total += x
	}
	return total
}

func productOf[T number](v []T) T {
	p := T(1)
	for _, x := range v {
		p *= x
	}
	return p
}

func sumOfSquares[T number](v []T) (total T) {
	for _, x := range v {
		total += x * x
	}
	return total
}

func sumOfAbs[T number](v []T) (total T) {
	for _, x := range v {
		total += max(x, -x)
	}
	return total
}

func meanOfInts(v []int64) int64 {
	if len(v) == 0 {
		return 0
	}
	return sumOf(v) / int64(len(v))
}

func maxOf(v []float64) float64 {
	m := math.Inf(-1)
	for _, x := range v {
		m = max(m, x) // NaN stays one
	}
	return m
}

func minOf(v []float64) float64 {
	m := math.Inf(1)
	for _, x := range v {
		m = min(m, x)
	}
	return m
}

func maxOfInts(v []int64) int64 {
	m := int64(math.MinInt64)
	for _, x := range v {
		m = max(m, x)
	}
	return m
}

func minOfInts(v []int64) int64 {
	m := int64(math.MaxInt64)
	for _, x := range v {
		m = min(m, x)
	}
	return m
}

// boundDims applies f if both are numbers.
func boundDims(f func(x, y int64) int64) func(x, y graph.Dim) graph.Dim {
	return func(x, y graph.Dim) graph.Dim {
		a, okA := x.Int64()
		b, okB := y.Int64()
		if okA && okB {
			return graph.Size64(f(a, b))
		}
		if x.Equal(y) {
			return x
		}
		return graph.Unknown
	}
}

func init() {
	for _, r := range reductions {
		d := Def{
			Name: r.name, Doc: r.name + " over axes; https://onnx.ai/onnx/operators/onnx__" + r.name + ".html",
			Since: 1, Until: r.axes - 1, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: Tolerance{1e-6, 1e-5},
			Infer:     func(n *graph.Node) ([]graph.Type, error) { return inferReduce(n, r.dims) },
			Couple:    func(n *graph.Node) (Coupling, error) { return coupleReduce(n, r.neutral) },
			Grad:      func(b *Backward) error { return gradReduce(b, r.grad) },
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				axes, err := reduceAxesOf(n, in)
				if err != nil {
					return nil, err
				}
				t, err := reduce(in[0], axes, n.Int("keepdims", 1) != 0, r.f, r.ints)
				return []*graph.Tensor{t}, err
			},
		}
		register(d)
		d.Since, d.Until, d.MaxIn = r.axes, Latest, 2
		register(d)
	}
}
