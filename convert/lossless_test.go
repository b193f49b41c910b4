package convert_test

import (
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/fixtures"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
)

// apartBy returns the largest difference between the outputs of two models as a fraction of the
// largest output.
func apartBy(t *testing.T, a, b *graph.Model) float64 {
	t.Helper()
	feeds := fixtures.Feeds(a, 2)
	x, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), a, feeds)
	if err != nil {
		t.Fatal(err)
	}
	y, err := runtime.Evaluator{Reference: true}.Evaluate(t.Context(), b, feeds)
	if err != nil {
		t.Fatal(err)
	}
	_, rel, err := proof.Difference(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// planted returns the residual network with three channels that never fire and two copies of
// another channel planted in its residual branches.
func planted(t *testing.T) *graph.Model {
	t.Helper()
	file, err := onnx.Read(models + "resnet20.onnx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() }) // the weights are read from it until then
	m, a, err := convert.Simplify(t.Context(), file.Model)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, g := range a.Groups {
		var writers []*linear.Map
		for _, member := range g.Members {
			if n, _ := member.Value.Def(); n != nil && n.Op == "Conv" && member.Axis == 1 {
				writers = append(writers, linear.Of(n))
			}
		}
		if len(writers) != 1 || done == 2 {
			continue
		}
		w := writers[0]
		weights, bias := w.Weights(), w.Bias()
		clear(weights[3*w.Cols : 4*w.Cols])
		bias[3] = -1
		if done == 0 {
			clear(weights[9*w.Cols : 10*w.Cols])
			clear(weights[4*w.Cols : 5*w.Cols])
			bias[9], bias[4] = -0.5, 0
		}
		for c := range w.Cols {
			weights[7*w.Cols+c] = 0.7 * weights[2*w.Cols+c]
		}
		bias[7] = 0.7 * bias[2]
		w.Write(weights, bias)
		done++
	}
	if done != 2 {
		t.Fatalf("planted in %d groups", done)
	}
	return m
}

func TestNetworkWithPlantedUnitsComesOutSmallerWithTheSameOutputs(t *testing.T) {
	m := planted(t)
	c := convert.Config{Budget: budget.Budget{Metric: budget.Params, Keep: 1, Floor: 0.1}, Solver: "uniform", Criterion: "l2", Recovery: convert.NoRecovery}
	r, err := convert.PruneModel(t.Context(), m, c, convert.Samples{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, f := range r.Free {
		counts[f.Kind] += len(f.Units)
	}
	if counts["dead"] != 4 || counts["duplicate"] != 2 || len(counts) != 2 || r.FreeKept != "" {
		t.Errorf("free: have %v (%s), want 4 dead and 2 duplicate", r.Free, r.FreeKept)
	}
	before, _, _ := convert.Count(m, nil)
	after, _, _ := convert.Count(r.Cut, nil)
	rel := apartBy(t, m, r.Cut)
	t.Logf("free %v, params %d -> %d, outputs moved by %.3g of the largest", r.Free, before, after, rel)
	if after >= before || rel > 1e-5 {
		t.Errorf("params %d -> %d, outputs moved by %g", before, after, rel)
	}
	c.NoLossless = true
	if r, err = convert.PruneModel(t.Context(), m, c, convert.Samples{}, nil); err != nil || len(r.Free) > 0 {
		t.Errorf("without the free removals: %v, %v", r.Free, err)
	}
}

// A unit that never fires on the data is reported but not removed: other inputs may wake it.
func TestSilentUnitsAreReportedAndKept(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,2] y)
<float[2,3] w = {1, 1, 2, 3, 1, 1}, float[3] b = {0, -9, 1}, float[3,2] v = {1, 2, 3, 4, 5, 6}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	c := convert.Config{Budget: budget.Budget{Metric: budget.Params, Keep: 1}, Solver: "uniform", Criterion: "apoz", Recovery: convert.NoRecovery, NoProof: true}
	data, err := convert.InMemory(map[string]*graph.Tensor{"x": graph.TensorOf([]float32{1, 2, 0.5, 1}, 2, 2)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := convert.PruneModel(t.Context(), m, c, convert.Samples{Calibration: data.Samples}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Free) != 0 || len(r.Silent) != 1 || len(r.Silent[0].Units) != 1 || r.Silent[0].Units[0] != 1 {
		t.Errorf("free %v, silent %v: want none and unit 1", r.Free, r.Silent)
	}
}

// If free units alone meet the budget, the run succeeds.
func TestFreeUnitsAloneMayMeetTheBudget(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 17]>
g (float[N,2] x) => (float[N,2] y)
<float[2,2] w = {1, 0, 2, 0}, float[2] b = {1, -1}, float[2,2] v = {1, 2, 3, 4}>
{ h = Gemm(x, w, b)  r = Relu(h)  y = Gemm(r, v) }`)
	if err != nil {
		t.Fatal(err)
	}
	c := convert.Config{Budget: budget.Budget{Metric: budget.Params, Keep: 0.6}, Solver: "uniform", Criterion: "l2", Recovery: convert.NoRecovery}
	r, err := convert.PruneModel(t.Context(), m, c, convert.Samples{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Free) != 1 || r.Free[0].Kind != "dead" || !r.Outcome.Met || !r.Proof.Passed || r.Cut.Graph.Value("w").Const.Len() != 2 {
		t.Errorf("free %v, outcome %+v, proof %+v", r.Free, r.Outcome, r.Proof)
	}
}
