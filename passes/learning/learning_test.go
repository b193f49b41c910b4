package learning_test

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/learning"
)

// TestAdamW holds three steps against torch.optim.AdamW of PyTorch 2, with torch.nn.utils.clip_grad_norm_ to 1.
func TestAdamW(t *testing.T) {
	weights := []learning.Weight{{Value: []float32{0.5, -1.25, 2, 0.125}, Decays: true}, {Value: []float32{0.25, -0.75}}}
	adam := learning.NewAdamW()
	for k := float32(1); k <= 3; k++ {
		weights[0].Gradient, weights[1].Gradient = []float32{0.3 * k, -2, 0.01, 1 / k}, []float32{-0.5, 4 * k}
		adam.Step(weights, 0.1*float64(k))
	}
	want := [][]float32{{-0.10299781, -0.68530041, 1.430812, -0.36145082}, {0.80828106, -1.3511037}}
	for i, w := range weights {
		for k, x := range w.Value {
			if math.Abs(float64(x-want[i][k])) > 1e-5 { // PyTorch divides by the norm plus 1e-6
				t.Errorf("weight %d, number %d: want %v, have %v", i, k, want[i][k], x)
			}
		}
	}
}

func TestAdamWLeavesAlone(t *testing.T) {
	weights := []learning.Weight{{Value: []float32{1, 0}, Gradient: []float32{1, 1}, Zero: []bool{false, true}}, {Value: []float32{5}}}
	adam := learning.NewAdamW()
	adam.Step(weights, 0.1)
	if weights[0].Value[0] == 1 || weights[0].Value[1] != 0 || weights[1].Value[0] != 5 {
		t.Errorf("have %v", weights)
	}
	was := slices.Clone(weights[0].Value)
	weights[0].Gradient[0] = float32(math.Inf(1))
	if norm := adam.Step(weights, 0.1); !math.IsInf(norm, 1) || !slices.Equal(was, weights[0].Value) {
		t.Errorf("a gradient of norm %v changes %v to %v", norm, was, weights[0].Value)
	}
}

// A relative rate changes a weight that is ten times as large ten times as much.
func TestAdamWRelative(t *testing.T) {
	weights := []learning.Weight{{Value: []float32{1, -1}, Gradient: []float32{1, 1}}, {Value: []float32{10, -10}, Gradient: []float32{1, 1}}, {Value: []float32{0, 0}, Gradient: []float32{1, 1}}}
	adam := learning.NewAdamW()
	adam.Relative = true
	adam.Step(weights, 0.1)
	for i, want := range []float32{0.9, 9, -1e-4} {
		if have := weights[i].Value[0]; math.Abs(float64(have-want)) > 1e-5*math.Max(1, float64(want)) {
			t.Errorf("weight %d: want %v, have %v", i, want, have)
		}
	}
}

func TestOneCycle(t *testing.T) {
	for done, want := range map[float64]float64{-1: 0.1, 0: 0.1, 0.075: 0.55, 0.15: 1, 0.575: 0.5005, 1: 0.001, 2: 0.001} {
		if have := learning.OneCycle(done); math.Abs(have-want) > 1e-9 {
			t.Errorf("at %v: want %v, have %v", done, want, have)
		}
	}
}

func TestAverage(t *testing.T) {
	weights := []learning.Weight{{Value: []float32{1}, Gradient: []float32{0}}, {Value: []float32{1}}}
	a := learning.NewAverage(weights)
	weights[0].Value[0], weights[1].Value[0] = 3, 3
	a.Add(weights)
	if math.Abs(float64(a.Values[0][0])-2.8) > 1e-6 || a.Values[1][0] != 1 { // the second has no gradient
		t.Errorf("have %v", a.Values)
	}
}

func parse(t *testing.T, text string) *graph.Model {
	t.Helper()
	m, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Constants whose names begin with w are weights that learn; others are not.
func TestLearnable(t *testing.T) {
	m := parse(t, `<ir_version: 8, opset_import: ["" : 18]>
net (float[N,3] x, int64[N] i) => (float[N,3] y, float[N,2] z)
<float[3,3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}, float[3] wb = {1, 2, 3}, float[1,3] ws = {1, 2, 3}, float half = {0.5}, float[2,2] table = {1, 2, 3, 4},
 float[1,3] mask = {0, 0, -1e9}, float[3,3] positions = {1, 2, 3, 4, 5, 6, 7, 8, 9}>
{
   a = Gemm(x, w, wb)
   b = Mul(a, ws)
   c = Mul(b, half)
   d = Add(c, mask)
   e = Add(positions, positions)
   f = MatMul(d, e)
   y = Relu(f)
   z = Gather(table, i)
}`)
	weights, rest := learning.Learnable(m.Graph)
	var names []string
	for _, v := range weights {
		names = append(names, v.Name)
	}
	if !slices.Equal(names, []string{"w", "wb", "ws"}) || rest != 4+3+9 {
		t.Errorf("have %v and %d numbers that do not learn", names, rest)
	}
}

// TestLoss holds both kinds of terms against PyTorch: kl_div of log_softmax at temperature 2, times 4, and mse_loss.
func TestLoss(t *testing.T) {
	for kind, want := range map[learning.Kind]float64{learning.Scores: 0.5218889713287354, learning.Values: 1.5833333730697632} {
		m := parse(t, `<ir_version: 8, opset_import: ["" : 18]>
net (float[2,3] x) => (float[2,3] y)
<float[3,3] w = {1, 0, 0, 0, 1, 0, 0, 0, 1}>
{
   y = MatMul(x, w)
}`)
		n := m.Graph.Value("y")
		net, err := learning.Build(m, []learning.Term{{Value: n, Kind: kind, Weight: 1}}, []*graph.Value{m.Graph.Value("w")}, true)
		if err != nil {
			t.Fatal(err)
		}
		values := evaluate(t, m, map[string]*graph.Tensor{
			"x":            graph.TensorOf([]float32{1, 2, -1, 0.5, 0, 3}, 2, 3),
			"w":            graph.TensorOf([]float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3),
			net.Targets[0]: graph.TensorOf([]float32{2, 1, 0, -1, 0.5, 1}, 2, 3),
		})
		if have := graph.Data[float32](values[net.Loss])[0]; math.Abs(float64(have)-want) > 1e-6 {
			t.Errorf("kind %v: want %v, have %v", kind, want, have)
		}
		if net.Gradients[0] == "" || len(net.Stops) > 0 {
			t.Errorf("kind %v: gradients %v, stops %v", kind, net.Gradients, net.Stops)
		}
	}
}

// evaluate computes m by the reference evaluation.
func evaluate(t *testing.T, m *graph.Model, feeds map[string]*graph.Tensor) map[string]*graph.Tensor {
	t.Helper()
	values := map[string]*graph.Tensor{}
	for _, v := range m.Graph.Values() {
		if values[v.Name] = v.Const; v.Const == nil {
			values[v.Name] = feeds[v.Name]
		}
	}
	for _, n := range m.Graph.Nodes {
		var in []*graph.Tensor
		for _, v := range n.Inputs() {
			in = append(in, values[v.Name])
		}
		out, err := op.Lookup(n).Eval(n, in)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range n.Outputs() {
			values[v.Name] = out[i]
		}
	}
	return values
}
