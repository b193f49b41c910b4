package op

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// softmaxes map lines of elements to weights; https://onnx.ai/onnx/operators/ has a page for each.
// Up to opset 12 the input is read as a matrix of the axes before axis by those from it on, and
// each row is a line. From opset 13 on, a line runs along axis alone.
var softmaxes = []struct {
	name string
	tol  Tolerance
	f    func(lane []float64)
	grad func(*Backward) error
}{
	{"Softmax", Tolerance{1e-6, 1e-5}, func(lane []float64) {
		l := logSumExp(lane)
		for i, x := range lane {
			lane[i] = math.Exp(x - l)
		}
	}, gradSoftmax},
	{"LogSoftmax", Tolerance{1e-5, 1e-5}, func(lane []float64) {
		l := logSumExp(lane)
		for i := range lane {
			lane[i] -= l
		}
	}, gradLogSoftmax},
	{"Hardmax", Exact, func(lane []float64) {
		best := 0
		for i, x := range lane {
			if x > lane[best] {
				best = i
			}
		}
		clear(lane)
		if len(lane) > 0 {
			lane[best] = 1
		}
	}, nil},
}

// logSumExp returns log(sum of e^x) without overflow.
func logSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x) // NaN stays one
	}
	if math.IsInf(top, 0) {
		return top
	}
	total := 0.0
	for _, x := range v {
		total += math.Exp(x - top)
	}
	return top + math.Log(total)
}

func init() {
	for _, s := range softmaxes {
		register(Def{
			Name: s.name, Doc: s.name + " over axis; https://onnx.ai/onnx/operators/onnx__" + s.name + ".html",
			Since: 1, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: s.tol,
			Infer:     inferSoftmax, Couple: coupleSoftmax, Grad: s.grad,
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				first, end, err := softmaxAxes(n, in[0].Rank())
				if err != nil {
					return nil, err
				}
				return onLanes(in[0], lanesOver(in[0].Shape(), first, end), s.f)
			},
		})
	}
}

// softmaxAxes returns the normalised axes, from first to end-1.
func softmaxAxes(n *graph.Node, rank int) (first, end int, err error) {
	if n.Version >= 13 {
		first, err = normalAxis(n.Int("axis", -1), rank)
		return first, first + 1, err
	}
	if axis := n.Int("axis", 1); axis == rank { // rows of one element
		return rank, rank, nil
	}
	first, err = normalAxis(n.Int("axis", 1), rank)
	return first, rank, err
}

func inferSoftmax(n *graph.Node) ([]graph.Type, error) {
	if x := inShape(n, 0); x != nil {
		if _, _, err := softmaxAxes(n, len(x)); err != nil {
			return nil, err
		}
	}
	return inferSame(n)
}

func coupleSoftmax(n *graph.Node) (c Coupling, err error) {
	first, end, err := softmaxAxes(n, len(inShape(n, 0)))
	if err != nil {
		return c, err
	}
	coupleAll(&c, n, 0, 0)
	statOver(&c, n, first, end)
	return c, nil
}

// softmaxSum sums over the normalised axes.
func (b *Backward) softmaxSum(x *graph.Value) *graph.Value {
	first, end, err := softmaxAxes(b.Node, len(b.dims(b.in(0))))
	if err != nil && b.err == nil {
		b.err = err
	}
	return b.reduce("ReduceSum", x, identity(end)[first:]...)
}

// gradSoftmax: dx = y (dy - sum of dy y).
func gradSoftmax(b *Backward) error {
	if b.wants(0) {
		g, y := b.grad(0), b.out(0)
		b.set(0, b.mul(y, b.sub(g, b.softmaxSum(b.mul(g, y)))))
	}
	return nil
}

// gradLogSoftmax: dx = dy - e^y sum of dy.
func gradLogSoftmax(b *Backward) error {
	if b.wants(0) {
		g := b.grad(0)
		b.set(0, b.sub(g, b.mul(b.add("Exp", []*graph.Value{b.out(0)}), b.softmaxSum(g))))
	}
	return nil
}
