package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "MelWeightMatrix", Doc: "how much each frequency of a spectrum is of each band of the mel scale; https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html",
		Since: 17, Until: Latest, MinIn: 5, MaxIn: 5, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Infer:     inferMelWeightMatrix, Eval: evalMelWeightMatrix,
	})
}

func inferMelWeightMatrix(n *graph.Node) ([]graph.Type, error) {
	d, err := outputDatatype(n)
	shape := unknownShape(2)
	if length, _ := oneElem(n, 1); length.Known() {
		v, _ := length.Value()
		shape[0] = graph.Size(v/2 + 1)
	}
	shape[1], _ = oneElem(n, 0)
	return []graph.Type{graph.TensorType(d, shape)}, err
}

func evalMelWeightMatrix(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	d, err := outputDatatype(n)
	if err != nil {
		return nil, err
	}
	var v [5]float64 // bands, length of the transform, samples a second, lowest and highest frequency
	for i, t := range in {
		f, ok := graph.Floats(t)
		if !ok || len(f) != 1 {
			return nil, fmt.Errorf("input %d: want one number, have %v%v", i, t.DType(), t.Shape())
		}
		v[i] = f[0]
	}
	if !(v[0] >= 0 && v[0] <= mostElements && v[1] >= 0 && v[1] <= mostElements && v[2] > 0 && 0 <= v[3] && v[3] <= v[4] && v[4] <= v[2]) {
		return nil, fmt.Errorf("want counts and frequencies in ascending order, have %v", v)
	}
	bands, bins := int(v[0]), int(v[1])/2+1
	if err := mustFit([]int{bins, bands}); err != nil {
		return nil, err
	}
	at := melEdges(bands, v[1], v[2], v[3], v[4])
	if last := at[bands+1]; last > bins {
		return nil, fmt.Errorf("upper_edge_hertz: %v is over half of the samples a second", v[4])
	}
	y := make([]float64, bins*bands)
	for b := range bands {
		low, centre, high := at[b], at[b+1], at[b+2]
		if centre >= bins {
			return nil, fmt.Errorf("upper_edge_hertz: %v is over half of the samples a second", v[4])
		}
		for k := low; k < centre; k++ {
			y[k*bands+b] = float64(k-low) / float64(centre-low)
		}
		y[centre*bands+b] = 1
		for k := centre; k < high; k++ {
			y[k*bands+b] = float64(high-k) / float64(high-centre)
		}
	}
	t, err := fromFloats(d, y, []int{bins, bands})
	return []*graph.Tensor{t}, err
}

// melEdges returns the bins at which the bands begin and end. Each edge is the centre of a
// neighbouring band. The steps are equal on the mel scale, and there are as many as there are
// edges, as the operator's page defines it.
func melEdges(bands int, length, rate, low, high float64) []int {
	mel := func(hertz float64) float64 { return 2595 * math.Log10(1+hertz/700) }
	step := (mel(high) - mel(low)) / float64(bands+2)
	at := make([]int, bands+2)
	for i := range at {
		hertz := 700 * (math.Pow(10, (mel(low)+float64(i)*step)/2595) - 1)
		at[i] = int(math.Floor((length + 1) * hertz / rate))
	}
	return at
}
