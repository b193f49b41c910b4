package convert_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/budget"
)

// fill gives the inputs of m that are called w1, w2 and so on contents.
func fill(m *graph.Model) {
	for i, v := range m.Graph.Inputs {
		if v.Name[0] != 'w' {
			continue
		}
		rows, _ := v.Type.Shape[0].Value()
		columns, _ := v.Type.Shape[1].Value()
		w := make([]float32, rows*columns)
		for k := range w {
			w[k] = float32((k*7919+i*13)%101)/101 - 0.5
		}
		m.Graph.SetConst(v, graph.TensorOf(w, rows, columns))
	}
}

// Weights that are listed among the inputs as well, as defaults that callers may override, are cut
// like others, and are no inputs of the pruned model. What is no weight stays one.
func TestWeightsThatAreInputsAreCut(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,16] x, float[16,32] w1, float[32,16] w2, float least = {-1}) => (float[N,16] y) <float two = {2}>
{ a = MatMul(x, w1) h = Relu(a) z = MatMul(h, w2) d = Mul(z, two) y = Max(d, least) }`)
	if err != nil {
		t.Fatal(err)
	}
	fill(m)
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	r, err := convert.PruneModel(t.Context(), m, convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Recovery: convert.AutoRecovery}, convert.Samples{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var inputs []string
	for _, v := range r.Cut.Graph.Inputs {
		inputs = append(inputs, v.Name)
	}
	if !slices.Equal(inputs, []string{"x", "least"}) || r.Outcome.Reached > 0.5 || !r.Proof.Passed {
		t.Errorf("inputs %v, %.4f of the multiply-accumulates are left, proof %+v", inputs, r.Outcome.Reached, r.Proof)
	}
}

// Without data, inputs are made up for a model that takes one sample at a time as for any other, and
// its repair learns from them.
func TestOneSampleAtATimeIsRepaired(t *testing.T) {
	half := budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}
	var after [2]float64
	for i, batch := range []graph.Dim{graph.Symbol("N"), graph.Size(1)} {
		m := residual(t, 16)
		m.Graph.Inputs[0].Type.Shape[0] = batch
		r, err := convert.PruneModel(t.Context(), m, convert.Config{Budget: half, Recovery: convert.AutoRecovery}, convert.Samples{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Repairs) == 0 || r.Calibration.Samples != 256 || r.Learning == nil || r.Learning.After == nil {
			t.Fatalf("batch %v: %d repairs from %d samples", batch, len(r.Repairs), r.Calibration.Samples)
		}
		after[i] = *r.Learning.After
	}
	if after[1] > 1.5*after[0]+0.01 {
		t.Errorf("errors at the outputs after the repair: %.4f with any batch, %.4f with batches of one", after[0], after[1])
	}
}

// A model that is called with what it returned, as streaming models are, has inputs without a common
// axis of samples. Inputs are made up and nodes repaired all the same.
func TestModelsWithStatesAreRepaired(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[1,16] x, float[2,1,32] state, float[16,32] w1, float[32,32] w2) => (float[1,32] y, float[2,1,32] next) <int64[1] zero = {0}, int64 first = {0}, int64[1] two = {2}>
{ a = MatMul(x, w1) h = Relu(a) s = Gather<axis = 0>(state, first) z = MatMul(h, w2) y = Add(z, s)
  u = Unsqueeze(y, zero) next = Concat<axis = 0>(u, u) }`)
	if err != nil {
		t.Fatal(err)
	}
	fill(m)
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	half := convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Recovery: convert.AutoRecovery}
	r, err := convert.PruneModel(t.Context(), m, half, convert.Samples{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Repairs) == 0 || !r.Repairs[len(r.Repairs)-1].Taken || r.Calibration.Samples != 256 || !(*r.Learning.After < *r.Learning.Before) {
		t.Errorf("repairs %+v from %d samples, errors at the outputs %+v", r.Repairs, r.Calibration.Samples, r.Learning)
	}

	// The same with data: sets of all inputs, each array with an axis in front.
	dir := t.TempDir()
	model, data := filepath.Join(dir, "streaming.onnx"), filepath.Join(dir, "sets.npz")
	if err := onnx.Write(t.Context(), model, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	const sets = 100
	err = dataset.SaveNPZ(t.Context(), data, func(yield func(string, *graph.Tensor) bool) {
		for name, shape := range map[string][]int{"x": {sets, 1, 16}, "state": {sets, 2, 1, 32}} {
			v := graph.NewTensor(graph.Float32, shape...)
			for i, x := 0, graph.Data[float32](v); i < len(x); i++ {
				x[i] = float32((i*7919+len(name))%211)/105 - 1
			}
			if !yield(name, v) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	load := func(m *graph.Model) (*convert.Data, error) {
		return dataset.OpenSamples(data, dataset.Options{}, m.Graph.Inputs)
	}
	found, err := convert.Prune(t.Context(), convert.Job{In: model, Out: filepath.Join(dir, "out.onnx"), Config: half, Calibration: load, Eval: load})
	if err != nil {
		t.Fatal(err)
	}
	if found.Calibration.Samples != sets || found.Agreement.Samples != sets || !(*found.Learning.After < *found.Learning.Before) {
		t.Errorf("calibration %+v, agreement %+v, learning %+v", found.Calibration, found.Agreement, found.Learning)
	}
}
