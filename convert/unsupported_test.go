package convert_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

const perceptron = `<float[2,4] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] u = {1, -2, 3, 4, 5, -6, 7, 8}> { a = MatMul(x, w)  b = Relu(a)  c = MatMul(b, u)  `

// written writes a model in text form to a file.
func written(t *testing.T, text string) string {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13, "com.example" : 1]> ` + text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.onnx")
	if err := onnx.Write(t.Context(), path, m, onnx.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// The proof refuses a model that cannot be run here and names the way out; without the proof it is
// cut.
func TestAModelThatCannotBeRunIsCutUnproven(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an operator of somebody else", `g (float[N,2] x) => (float[N,2] y) ` + perceptron + `y = com.example.Own(c) }`, "com.example.Own is not supported"},
		{"a branch", `g (float[N,2] x, bool q) => (float[N,2] y) ` + perceptron + `y = If(q)<then_branch = t () => (float[N,2] o) { o = com.example.Own(c) }, else_branch = e () => (float[N,2] p) { p = com.example.Own(c) }> }`, "com.example.Own is not supported"},
	} {
		j := job(t, written(t, c.text), budget.Params, 0.5)
		j.Config.Criterion, j.Config.Solver = "", ""
		j.Config.Latency = true
		_, err := convert.Prune(t.Context(), j)
		if err == nil || convert.IsGate(err) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--no-proof") {
			t.Errorf("%s: with proof: %v", c.name, err)
		}
		if _, err := os.Stat(j.Out); err == nil {
			t.Errorf("%s: written without a proof", c.name)
		}
		j.Config.NoProof, j.Config.Recovery = true, "leastsquares"
		if _, err := convert.Prune(t.Context(), j); err == nil || !strings.Contains(err.Error(), "--recovery none") {
			t.Errorf("%s: with repair: %v", c.name, err)
		}
		j.Config.Recovery = convert.NoRecovery
		r, err := convert.Prune(t.Context(), j)
		if err != nil {
			t.Errorf("%s: without proof: %v", c.name, err)
			continue
		}
		if r.Choice.Criterion != "l2" || r.Choice.Solver != "uniform" {
			t.Errorf("%s: choice %+v", c.name, r.Choice)
		}
		if r.Pruned.Params != 8 || r.Pruned.LatencyMS != nil || r.Proof != nil {
			t.Errorf("%s: %d params, latency %v, proof %v", c.name, r.Pruned.Params, r.Pruned.LatencyMS, r.Proof)
		}
	}
}

// Integer inputs of every width can be made up, so that models of tokens can be proven without
// data.
func TestIntegerInputsAreMadeUp(t *testing.T) {
	for _, d := range []string{"int64", "int32", "uint8", "int16"} {
		j := job(t, written(t, `g (float[N,2] x, `+d+`[N,3] i) => (float[N,2] y) `+perceptron+`s = Cast<to = 1>(i)  r = ReduceMean<axes = [1]>(s)  y = Add(c, r) }`), budget.Params, 0.5)
		j.Config.Latency = true
		if r, err := convert.Prune(t.Context(), j); err != nil || !r.Proof.Passed {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// Two models whose outputs are all NaN agree, which proves nothing.
func TestOutputsWithoutNumbersProveNothing(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (float[N,2] y) `+perceptron+`d = Sub(c, c)  e = Div(d, d)  y = Relu(e) }`), budget.Params, 0.5)
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || !strings.Contains(err.Error(), "prove nothing") || r.Proof == nil || r.Proof.Passed {
		t.Errorf("want a failed proof, have %v", err)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("written without a proof")
	}
}

// A report says what was found even if nothing can be removed, and can be written whatever its
// figures are.
func TestAReportAlwaysSaysWhatWasFound(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }`), budget.Params, 0.5)
	r, err := convert.Prune(t.Context(), j)
	if !convert.IsGate(err) || r == nil || len(r.Pinned) == 0 {
		t.Errorf("want a failed gate and what is pinned, have %v and %+v", err, r)
	}
	inf := graph.TensorOf([]float32{float32(math.Inf(1))}, 1)
	abs, rel, err := proof.Difference(map[string]*graph.Tensor{"y": graph.TensorOf([]float32{1}, 1)}, map[string]*graph.Tensor{"y": inf})
	if err != nil {
		t.Fatal(err)
	}
	r.Proof = &report.Proof{MaxAbsDiff: abs, MaxRelDiff: rel}
	if err := r.WriteJSON(&strings.Builder{}); err != nil {
		t.Error(err)
	}
}

// Sequences of tensors are compared item by item.
func TestSequencesAreProvenByTheirItems(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x) => (seq(float[N,2]) y) `+perceptron+`d = Relu(c)  y = SequenceConstruct(c, d) }`), budget.Params, 0.5)
	j.Config.Latency = true
	if r, err := convert.Prune(t.Context(), j); err != nil || !r.Proof.Passed || !r.Proof.Written {
		t.Errorf("%v, %+v", err, r)
	}
	sequence := func(x float32) map[string]*graph.Tensor {
		return map[string]*graph.Tensor{"y": graph.SequenceOf(graph.TensorOf([]float32{1}, 1), graph.TensorOf([]float32{x}, 1))}
	}
	if abs, _, err := proof.Difference(sequence(2), sequence(5)); err != nil || abs != 3 {
		t.Errorf("want 3, have %v, %v", abs, err)
	}
	if _, _, err := proof.Difference(sequence(2), map[string]*graph.Tensor{"y": graph.SequenceOf()}); err == nil {
		t.Error("two items are no item")
	}
}

// A model with a scalar input, which goes with every sample, is pruned and repaired by made-up
// inputs like any other.
func TestScalarInputsAreMadeUp(t *testing.T) {
	j := job(t, written(t, `g (float[N,2] x, float k, bool q) => (float[N,2] y) `+perceptron+
		`d = Mul(c, k)  y = If (q) <then_branch = t () => (float[N,2] o) { o = Neg(d) }, else_branch = e () => (float[N,2] p) { p = Relu(d) }> }`), budget.Params, 0.5)
	j.Config.Criterion, j.Config.Solver, j.Config.Recovery, j.Config.Latency = "", "", convert.AutoRecovery, true
	r, err := convert.Prune(t.Context(), j)
	if err != nil || !r.Proof.Passed || len(r.Recovery) == 0 {
		t.Errorf("%v, %+v", err, r)
	}
}
