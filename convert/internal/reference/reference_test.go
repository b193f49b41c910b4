package reference_test

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/reference"
	"github.com/pollard-dev/pollard/graph"
)

// The difference is the mean squared error of each output over its variance, taken over all batches.
func TestDifferenceIsRelativeToTheVariance(t *testing.T) {
	m := func(scale string) *graph.Model {
		m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y, float[N,2] z) <float s = {` + scale + `}> { y = Mul(x, s)  z = Relu(x) }`)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	x := []float32{1, -2, 3, 5, 0.5, 4}
	data, err := dataset.Held(map[string]*graph.Tensor{"x": graph.TensorOf(x, 3, 2)})
	if err != nil {
		t.Fatal(err)
	}
	batches, err := reference.Batches(data, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(batches) != 2 || batches[0]["x"].Shape()[0] != 2 || batches[1]["x"].Shape()[0] != 1 {
		t.Fatalf("have batches %v", batches)
	}
	o, err := reference.New(t.Context(), m("2"), batches, 1)
	if err != nil {
		t.Fatal(err)
	}
	for scale, factor := range map[string]float64{"2": 0, "3": 1, "1.5": -0.5} {
		have, err := o.Run(t.Context(), m(scale), 1)
		if err != nil {
			t.Fatal(err)
		}
		mean, energy, variance := 0.0, 0.0, 0.0
		for _, v := range x {
			mean += 2 * float64(v) / float64(len(x))
		}
		for _, v := range x {
			energy += factor * float64(v) * factor * float64(v)
			variance += (2*float64(v) - mean) * (2*float64(v) - mean)
		}
		if d := o.Difference(have); math.Abs(d-energy/variance) > 1e-12 {
			t.Errorf("scale %s: want %g, have %g", scale, energy/variance, d)
		}
	}
}

// Every run of every sample counts against the limit on work, which no number of samples overflows.
func TestMaxSamples(t *testing.T) {
	if one, ten := reference.MaxSamples(4e6, 1), reference.MaxSamples(4e6, 10); one != 10*ten || ten != 10000 {
		t.Errorf("have %d samples for one run and %d for ten", one, ten)
	}
	if have := reference.MaxSamples(0, 0); have != math.MaxInt32 {
		t.Errorf("no work: have %d", have)
	}
}
