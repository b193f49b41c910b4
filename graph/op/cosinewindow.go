package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// cosineWindows are sums of cosines over one period, by which frames of a signal are weighted;
// https://onnx.ai/onnx/operators/ has a page for each.
var cosineWindows = []struct {
	name    string
	factors []float64 // of cos(0), -cos(t), cos(2t)
}{
	{"HannWindow", []float64{0.5, 0.5, 0}},
	{"HammingWindow", []float64{25. / 46, 21. / 46, 0}},
	{"BlackmanWindow", []float64{0.42, 0.5, 0.08}},
}

func init() {
	for _, w := range cosineWindows {
		register(Def{
			Name: w.name, Doc: w.name + " of a given size; https://onnx.ai/onnx/operators/onnx__" + w.name + ".html",
			Since: 17, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
			Tolerance: Tolerance{1e-6, 1e-6},
			Infer: func(n *graph.Node) ([]graph.Type, error) {
				d, err := outputDatatype(n)
				size, _ := oneElem(n, 0)
				return []graph.Type{graph.TensorType(d, graph.Shape{size})}, err
			},
			Eval: func(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
				return evalCosineWindow(n, in, w.factors)
			},
		})
	}
}

// outputDatatype returns the number type that the attribute of that name states, float32 by
// default.
func outputDatatype(n *graph.Node) (graph.DType, error) {
	d := graph.DType(n.Int("output_datatype", int(graph.Float32)))
	if !d.IsFloat() && !d.IsInt() {
		return d, fmt.Errorf("output_datatype: want the number of a number type, have %d", n.Int("output_datatype", 0))
	}
	return d, nil
}

func evalCosineWindow(n *graph.Node, in []*graph.Tensor, factors []float64) ([]*graph.Tensor, error) {
	d, err := outputDatatype(n)
	if err != nil {
		return nil, err
	}
	size, err := oneNumber("size", in[0])
	if err != nil {
		return nil, err
	}
	if size < 0 || size > mostElements {
		return nil, fmt.Errorf("size: want 0 to %d, have %d", mostElements, size)
	}
	period := float64(size)
	if n.Int("periodic", 1) == 0 {
		period-- // the last is the first again
	}
	y := make([]float64, size)
	for i := range y {
		t := math.Pi // a window of one position is its own middle
		if period > 0 {
			t = 2 * math.Pi * float64(i) / period
		}
		y[i] = factors[0] - factors[1]*math.Cos(t) + factors[2]*math.Cos(2*t)
	}
	t, err := fromFloats(d, y, []int{int(size)})
	return []*graph.Tensor{t}, err
}
