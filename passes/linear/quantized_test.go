package linear_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
)

// Quantized weights are seen as numbers and written back as integers; each channel gets the scale that its numbers need.
func TestQuantizedWeightsAreReadAndWritten(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,3] y)
<int8[2,3] q = {1, -2, 3, 4, 127, -128}, float[3] s = {0.5, 0.25, 2}, int8[3] z = {0, 0, 1}>
{ w = DequantizeLinear<axis = 1>(q, s, z)  y = MatMul(x, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	l := linear.Of(m.Graph.Nodes[1])
	if l == nil || !l.Quantized {
		t.Fatalf("have %+v", l)
	}
	want := []float64{0.5, 2, -0.5, 31.75, 4, -258} // outputs by inputs
	for i, w := range l.Weights() {
		if w != want[i] {
			t.Errorf("weight %d: want %v, have %v", i, want[i], w)
		}
	}
	want = []float64{0.5, -2, 63.5, -31.75, 100, -200}
	l.Write(want, nil)
	for i, w := range l.Weights() {
		if step := []float64{2.0 / 128, 0.5, 200.0 / 129}[i/2]; math.Abs(w-want[i]) > step/2 {
			t.Errorf("weight %d: want %v to half a step of %v, have %v", i, want[i], step, w)
		}
	}
	if s := graph.Data[float32](m.Graph.Nodes[0].In(1).Const); s[0] != 2.0/128 || s[1] != 0.5 || s[2] != float32(200.0/129) {
		t.Errorf("scales: want 2/128, 0.5 and 200/129, have %v", s)
	}
}

// The scale of a 32-bit bias stays that of the sums, whose scale changes with the weights'. Zeroes keep their scale.
func TestBiasesKeepTheScaleOfTheSums(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2,3,3] x) => (float[N,3,3,3] y)
<int8[3,2,1,1] q = {100, -20, 30, 4, 1, 2}, float[3] s = {0.5, 0.25, 2}, int32[3] b = {8, -16, 100}, float[3] t = {0.05, 0.025, 0.2}>
{ w = DequantizeLinear<axis = 0>(q, s)  c = DequantizeLinear<axis = 0>(b, t)  y = Conv(x, w, c) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	l := linear.Of(m.Graph.Nodes[2])
	bias := l.Bias()
	l.Write([]float64{12.7, -3, 254, 1, 0, 0}, bias)
	s, scale := graph.Data[float32](m.Graph.Nodes[0].In(1).Const), graph.Data[float32](m.Graph.Nodes[1].In(1).Const)
	for k, want := range []float32{0.1, 2, 2} {
		if math.Abs(float64(s[k]-want)) > 1e-6 || math.Abs(float64(scale[k]-want/10)) > 1e-6 {
			t.Errorf("channel %d: scales %v and %v, want %v and a tenth of it", k, s[k], scale[k], want)
		}
	}
	for k, b := range l.Bias() {
		if math.Abs(b-bias[k]) > float64(scale[k])/2+1e-6 {
			t.Errorf("bias %d is %v, want %v to half a step of %v", k, b, bias[k], scale[k])
		}
	}
}

// One constant read with its scales along two axes makes two different weights.
func TestScalesOverTwoAxes(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,2] x) => (float[N,2] y)
<int8[2,2] q = {1, 2, 3, 4}, float[2] s = {1, 10}>
{ v = DequantizeLinear<axis = 0>(q, s)  w = DequantizeLinear<axis = 1>(q, s)  h = MatMul(x, v)  y = MatMul(h, w) }`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i, want := range [][]float32{{1, 2, 30, 40}, {1, 20, 3, 40}} {
			if have := graph.Data[float32](linear.Dequantized(m.Graph.Nodes[i].Out(0))); !slices.Equal(have, want) {
				t.Errorf("%s: want %v, have %v", m.Graph.Nodes[i].Label(), want, have)
			}
		}
	}
}
